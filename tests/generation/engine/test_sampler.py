"""The distribution that tokens are drawn from, against transformers' processors."""

from __future__ import annotations

import math
import random

import pytest
import torch
from torch import Tensor
from transformers.generation.logits_process import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from generation.engine.logits_processors import allow_only, penalise_repetition
from generation.engine.sampler import RowParams, draw, find_nucleus, sample
from generation.messages import SamplingParams

CPU = torch.device("cpu")
SEEN = [1, 5, 5, 9]


def random_logits(num_rows: int, vocab_size: int, seed: int = 0, scale: float = 3.0) -> Tensor:
    return scale * torch.randn(num_rows, vocab_size, generator=torch.Generator().manual_seed(seed))


def row_params(params: SamplingParams, uniforms: list[float]) -> RowParams:
    return RowParams.of([params] * len(uniforms), uniforms, CPU)


def expected_probabilities(logits: Tensor, params: SamplingParams) -> Tensor:
    processors = LogitsProcessorList()
    if params.repetition_penalty != 1:
        processors.append(RepetitionPenaltyLogitsProcessor(params.repetition_penalty))
    processors.append(TemperatureLogitsWarper(float(params.temperature)))
    if params.top_k:
        processors.append(TopKLogitsWarper(params.top_k))
    if params.top_p < 1:
        processors.append(TopPLogitsWarper(params.top_p))
    return processors(torch.tensor([SEEN]), logits.clone()[None])[0].softmax(-1)  # type: ignore[no-any-return]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("top_k", [0, 1, 7, 5000])
@pytest.mark.parametrize("top_p", [0.1, 0.9, 1.0])
@pytest.mark.parametrize("repetition_penalty", [1.0, 1.4])
def test_the_distribution_is_that_of_transformers(
    temperature: float, top_k: int, top_p: float, repetition_penalty: float
) -> None:
    params = SamplingParams(temperature=temperature, top_k=top_k, top_p=top_p, repetition_penalty=repetition_penalty)
    logits = random_logits(1, 1000)
    expected = expected_probabilities(logits[0], params)
    penalise_repetition(logits, [(0, repetition_penalty, SEEN)])
    nucleus = find_nucleus(logits, row_params(params, [0.5]), 1000)
    found = torch.zeros(1000, dtype=torch.float64)
    found[nucleus.token_ids[0]] = nucleus.probabilities[0] / nucleus.probabilities.sum()
    assert nucleus.is_whole.all()
    torch.testing.assert_close(found.float(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("params", [SamplingParams(), SamplingParams(top_p=1.0), SamplingParams(top_k=300, top_p=0.5)])
def test_draws_follow_the_distribution(params: SamplingParams) -> None:
    logits = random_logits(1, 1000, seed=4)
    num_draws = 20_000
    uniforms = [(number + 0.5) / num_draws for number in range(num_draws)]
    drawn = torch.tensor(sample(logits.expand(num_draws, -1), row_params(params, uniforms)))
    frequencies = drawn.bincount(minlength=1000) / num_draws
    assert (frequencies - expected_probabilities(logits[0], params)).abs().max() < 1e-4


@pytest.mark.parametrize("scale", [0.01, 1.0, 5.0])
@pytest.mark.parametrize("params", [SamplingParams(), SamplingParams(top_p=1.0), SamplingParams(top_k=400)])
def test_a_narrow_window_gives_the_token_of_the_whole_vocabulary(scale: float, params: SamplingParams) -> None:
    logits = random_logits(200, 2000, seed=2, scale=scale)
    chance = random.Random(1)
    rows = row_params(params, [chance.random() for _ in range(200)])
    everything, _ = draw(logits, rows, 2000)
    narrow, is_decided = draw(logits, rows, 64)
    assert torch.equal(narrow[is_decided], everything[is_decided])
    assert sample(logits, rows) == everything.tolist()


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    logits = random_logits(20, 3000)
    chance = random.Random(1)
    params = [SamplingParams(temperature=chance.random(), top_k=chance.choice([0, 10])) for _ in range(20)]
    uniforms = [chance.random() for _ in range(20)]
    together = sample(logits, RowParams.of(params, uniforms, CPU))
    alone = [
        sample(logits[row : row + 1], RowParams.of(params[row : row + 1], uniforms[row : row + 1], CPU))[0]
        for row in range(20)
    ]
    assert together == alone


def test_temperature_zero_takes_the_likeliest() -> None:
    logits = random_logits(3, 500)
    assert sample(logits, row_params(SamplingParams(temperature=0), [0.9] * 3)) == logits.argmax(-1).tolist()


@pytest.mark.parametrize("temperature", [1e-30, 1e-3, 1e30])
def test_no_temperature_breaks_a_draw(temperature: float) -> None:
    logits = random_logits(2, 500, scale=40)
    for uniform in (0.0, 0.5, math.nextafter(1, 0)):
        tokens = sample(logits, row_params(SamplingParams(temperature=temperature), [uniform] * 2))
        assert all(0 <= token < 500 for token in tokens)


def test_top_p_zero_takes_the_likeliest() -> None:
    logits = random_logits(1, 500)
    assert sample(logits, row_params(SamplingParams(top_p=0), [0.99])) == [int(logits.argmax())]


def test_forbidden_tokens_are_never_drawn() -> None:
    logits = random_logits(1, 500)
    allow_only(logits, 0, torch.tensor([3, 4]))
    draws = {sample(logits, row_params(SamplingParams(top_p=1.0), [number / 100]))[0] for number in range(100)}
    assert draws == {3, 4}

"""The distribution that tokens are drawn from, against transformers' processors."""

from __future__ import annotations

import math
import random

import pytest
import torch
from torch import Tensor
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    SequenceBiasLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from generation.engine.logits_processors import add_bias, allow_only, penalise_repetition
from generation.engine.sampler import (
    NUM_UNIFORMS,
    RowParams,
    draw_sorted,
    draw_uniforms,
    draw_with_kernel,
    draw_with_torch,
    find_probabilities,
    may_take,
    sample,
)
from generation.messages import SamplingParams

CPU = torch.device("cpu")
SEEN = [1, 5, 5, 9]


def random_logits(num_rows: int, vocab_size: int, seed: int = 0, scale: float = 3.0) -> Tensor:
    return scale * torch.randn(num_rows, vocab_size, generator=torch.Generator().manual_seed(seed))


def row_params(params: SamplingParams, num_rows: int, seed: int = 0) -> RowParams:
    chance = random.Random(seed)
    return RowParams.of([params] * num_rows, [draw_uniforms(chance) for _ in range(num_rows)], CPU)


def expected_probabilities(logits: Tensor, params: SamplingParams) -> Tensor:
    processors = LogitsProcessorList()
    if params.repetition_penalty != 1:
        processors.append(RepetitionPenaltyLogitsProcessor(params.repetition_penalty))
    processors.append(TemperatureLogitsWarper(float(params.temperature)))
    if params.top_k:
        processors.append(TopKLogitsWarper(params.top_k))
    if params.top_p < 1:
        processors.append(TopPLogitsWarper(params.top_p))
    if params.min_p:
        processors.append(MinPLogitsWarper(params.min_p))
    return processors(torch.tensor([SEEN]), logits.clone()[None])[0].softmax(-1)  # type: ignore[no-any-return]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
@pytest.mark.parametrize("top_k", [0, 1, 7, 5000])
@pytest.mark.parametrize("top_p", [0.1, 0.9, 1.0])
@pytest.mark.parametrize("min_p", [0.0, 0.05])
@pytest.mark.parametrize("repetition_penalty", [1.0, 1.4])
def test_the_distribution_is_that_of_transformers(
    temperature: float, top_k: int, top_p: float, min_p: float, repetition_penalty: float
) -> None:
    params = SamplingParams(
        temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p, repetition_penalty=repetition_penalty
    )
    logits = random_logits(1, 1000)
    expected = expected_probabilities(logits[0], params)
    penalise_repetition(logits, 0, repetition_penalty, SEEN)
    every_token = torch.arange(1000)
    probabilities = find_probabilities(logits, row_params(params, 1)).expand(1000, -1)
    kept = may_take(probabilities, every_token, torch.full((1000,), top_p, dtype=torch.float64), torch.tensor(min_p))
    found = probabilities[0] * kept
    torch.testing.assert_close(found / found.sum(), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("repetition_penalty", [1.1, 1.4, 30.0])
def test_a_repetition_penalty_is_that_of_transformers(repetition_penalty: float) -> None:
    logits = random_logits(2, 1000)
    seen = torch.randint(0, 1000, (2, 300), generator=torch.Generator().manual_seed(2))
    expected = RepetitionPenaltyLogitsProcessor(repetition_penalty)(seen, logits.clone())
    for row in range(2):
        penalise_repetition(logits, row, repetition_penalty, seen[row].tolist())
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-5)


def test_a_logit_bias_is_that_of_transformers() -> None:
    logits = random_logits(1, 1000)
    biases = tuple((token_id, (token_id % 41 - 20) * 5.0) for token_id in range(0, 1000, 7))
    process = SequenceBiasLogitsProcessor({(token_id,): amount for token_id, amount in biases})
    expected = process(torch.tensor([SEEN]), logits.clone())
    add_bias(logits, 0, biases)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "params",
    [
        SamplingParams(),
        SamplingParams(top_p=1.0),
        SamplingParams(top_k=300, top_p=0.5),
        SamplingParams(top_p=0.05),
        SamplingParams(min_p=0.1),
    ],
)
def test_draws_follow_the_distribution(params: SamplingParams) -> None:
    """Total variation between 20,000 draws and the distribution is that of chance."""
    logits = random_logits(1, 200, seed=4, scale=2)
    expected = expected_probabilities(logits[0], params)
    drawn = torch.tensor(sample(logits.repeat(20_000, 1), row_params(params, 20_000)))
    frequencies = drawn.bincount(minlength=200) / 20_000
    assert not frequencies[expected == 0].any()
    assert (frequencies - expected).abs().sum() < 0.08


@pytest.mark.parametrize(("top_p", "min_p"), [(0.7, 0.0), (1.0, 0.05), (0.9, 0.2)])
def test_the_sorted_draw_has_the_same_distribution(top_p: float, min_p: float) -> None:
    params = SamplingParams(top_p=top_p, min_p=min_p)
    logits = random_logits(1, 200, seed=4)
    expected = expected_probabilities(logits[0], params)
    uniforms = (torch.arange(5000, dtype=torch.float64) + 0.5) / 5000
    probabilities = logits.softmax(-1).expand(5000, -1)
    bounds = torch.full((5000,), top_p, dtype=torch.float64), torch.full((5000,), min_p)
    drawn = draw_sorted(probabilities, *bounds, uniforms)
    assert (drawn.bincount(minlength=200) / 5000 - expected).abs().max() < 1e-3


@pytest.mark.parametrize("vocab_size", [5, 256, 3000])
def test_the_kernel_draws_what_torch_draws(vocab_size: int) -> None:
    """Their sums differ in the last bits, which now and then lets a neighbouring token be drawn."""
    params = row_params(SamplingParams(top_p=0.6, min_p=0.01), 500)
    probabilities = find_probabilities(random_logits(500, vocab_size), params)
    agree = draw_with_kernel(probabilities, params) == draw_with_torch(probabilities, params)
    assert agree.sum() >= 499


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    logits = random_logits(20, 3000)
    chance = random.Random(1)
    params = [
        SamplingParams(temperature=chance.random(), top_k=chance.choice([0, 10]), top_p=chance.random())
        for _ in range(20)
    ]
    uniforms = [draw_uniforms(chance) for _ in range(20)]
    alone = [
        sample(logits[[row]], RowParams.of(params[row : row + 1], uniforms[row : row + 1], CPU))[0] for row in range(20)
    ]
    assert sample(logits, RowParams.of(params, uniforms, CPU)) == alone


def test_temperature_zero_takes_the_likeliest() -> None:
    logits = random_logits(3, 500)
    likeliest = logits.argmax(-1).tolist()
    assert sample(logits, row_params(SamplingParams(temperature=0), 3)) == likeliest


@pytest.mark.parametrize("temperature", [1e-300, 1e-3, 1e300])
@pytest.mark.parametrize("uniform", [0.0, 0.5, math.nextafter(1, 0)])
def test_no_extreme_breaks_a_draw(temperature: float, uniform: float) -> None:
    params = RowParams.of(
        [SamplingParams(temperature=temperature, top_k=2**31 - 1)] * 2, [[uniform] * NUM_UNIFORMS] * 2, CPU
    )
    assert all(0 <= token < 500 for token in sample(random_logits(2, 500, scale=40), params))


def test_top_p_zero_takes_the_likeliest() -> None:
    logits = random_logits(1, 500)
    likeliest = int(logits.argmax())
    assert sample(logits, row_params(SamplingParams(top_p=0), 1)) == [likeliest]


def test_forbidden_tokens_are_never_drawn() -> None:
    logits = random_logits(1, 500)
    allow_only(logits, 0, torch.tensor([3, 4]))
    draws = {sample(logits.clone(), row_params(SamplingParams(top_p=1.0), 1, seed))[0] for seed in range(100)}
    assert draws == {3, 4}

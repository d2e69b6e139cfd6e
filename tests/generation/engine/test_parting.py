"""Continuations that shall be distinct part as soon as they can, in the right proportions; others do not."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from transformers import GPT2LMHeadModel

from generation.engine.parting import SURE, keep_apart
from tests.generation.driver import Driver

PROMPTS = ["The cat", "It was", "One day the", ""]


def first_tokens(driver: Driver, prompt: str, num_tokens: int = 1, **params: object) -> list[tuple[int, ...]]:
    request_id = driver.submit(prompt, max_new_tokens=max(num_tokens, 2), **params)
    driver.run()
    return [tuple(token_ids[:num_tokens]) for token_ids in driver.token_ids(request_id)]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_distinct_continuations_begin_differently(driver: Driver, prompt: str) -> None:
    # Few tokens to choose from, none of them sure.
    bias = tuple((token_id, 30.0) for token_id in range(20, 26))
    biased = {"logit_bias": bias, "heal": False, "num_continuations": 2}
    alone = [first_tokens(driver, prompt, seed=seed, **biased) for seed in range(20)]
    assert any(len(set(tokens)) < 2 for tokens in alone)
    apart = [first_tokens(driver, prompt, seed=seed, distinct=True, **biased) for seed in range(20)]
    assert all(len(set(tokens)) == 2 for tokens in apart)


def test_what_is_sure_is_written_by_all_and_parts_them_later(driver: Driver) -> None:
    # Token 30 leads by far for as long as it has not been written.
    params = {"logit_bias": ((30, 60.0),), "presence_penalty": 60.0, "num_continuations": 3, "distinct": True}
    texts = first_tokens(driver, "", num_tokens=2, **params)
    assert [first for first, _ in texts] == [30, 30, 30]
    assert len({second for _, second in texts}) == 3


@torch.inference_mode()
def test_the_others_keep_their_proportions(driver: Driver, reference: GPT2LMHeadModel) -> None:
    logits = reference(torch.tensor([[0]])).logits[0, -1]
    five = logits.topk(5).indices.tolist()
    # Five tokens with 0.4, 0.3, 0.15, 0.1 and 0.05 of the probability, and none beside them.
    shares = dict(zip(five, [0.4, 0.3, 0.15, 0.1, 0.05], strict=True))
    bias = tuple(
        (token_id, float(90 + torch.tensor(share).log() - logits[token_id])) for token_id, share in shares.items()
    )
    num_asked = 1500
    drawn = Counter(
        tuple(
            token
            for (token,) in first_tokens(
                driver, "", seed=seed, num_continuations=2, top_p=1.0, distinct=True, logit_bias=bias
            )
        )
        for seed in range(num_asked)
    )
    for first, share in shares.items():
        for second, other_share in shares.items():
            expected = 0.0 if first == second else share * other_share / (1 - share)
            # Four standard deviations.
            assert drawn[first, second] / num_asked == pytest.approx(
                expected, abs=4 * (expected * (1 - expected) / num_asked) ** 0.5
            )


def test_a_first_continuation_is_what_it_would_be_alone(driver: Driver) -> None:
    for prompt in PROMPTS:
        together = driver.complete(prompt, seed=3, num_continuations=4, distinct=True, max_new_tokens=12)
        assert driver.complete(prompt, seed=3, num_continuations=1, max_new_tokens=12) == together[:1]


def test_a_request_without_it_draws_each_for_itself(driver: Driver) -> None:
    three = driver.complete("The cat", seed=4, num_continuations=3, max_new_tokens=12)
    assert driver.complete("The cat", seed=4, num_continuations=5, max_new_tokens=12)[:3] == three


@pytest.mark.parametrize(("share", "is_kept"), [(SURE - 0.05, False), (SURE + 0.05, True)])
def test_a_taken_token_stays_where_hardly_anything_else_is_probable(share: float, is_kept: bool) -> None:
    logits = torch.tensor([[share, 1 - share], [0.5, 0.5]]).log()
    keep_apart(logits, 0, [0])
    assert logits[0].isfinite().tolist() == [is_kept, True]
    assert logits[1].isfinite().all()


@torch.inference_mode()
def test_where_there_are_too_few_tokens_the_last_take_what_they_like(
    driver: Driver, reference: GPT2LMHeadModel
) -> None:
    logits = reference(torch.tensor([[0]])).logits[0, -1]
    bias = tuple((token_id, 90.0 - logits[token_id].item()) for token_id in (17, 18))
    first, second, *others = first_tokens(driver, "", num_continuations=6, distinct=True, logit_bias=bias)
    assert {first, second} == {(17,), (18,)}
    assert len(others) == 4
    assert set(others) <= {first, second}

"""What a request may change in the draw, and what the model says it thought: through the whole engine."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from transformers import GPT2LMHeadModel

from generation.errors import InvalidParams
from generation.messages import ContinuationExtended, SamplingParams, Thought
from tests.generation.driver import Driver


def thoughts(driver: Driver, request_id: str) -> list[Thought | None]:
    return [event.thought for event in driver.events[request_id] if isinstance(event, ContinuationExtended)]


@torch.inference_mode()
def test_thoughts_are_the_models_own(driver: Driver, reference: GPT2LMHeadModel) -> None:
    request_id = driver.submit("", temperature=0.5, top_k=3, num_continuations=1, max_new_tokens=8, num_alternatives=5)
    driver.run()
    token_ids = driver.token_ids(request_id)[0]
    logprobs = reference(torch.tensor([[0, *token_ids]])).logits[0, :-1].log_softmax(-1)
    for place, thought in enumerate(thoughts(driver, request_id)):
        assert thought is not None
        assert thought.logprob == pytest.approx(logprobs[place, token_ids[place]].item(), abs=1e-4)
        assert thought.rank == 1 + int((logprobs[place] > logprobs[place, token_ids[place]]).sum())
        assert [token_id for token_id, _ in thought.alternatives] == logprobs[place].topk(5).indices.tolist()
    mean = sum(thought.logprob for thought in thoughts(driver, request_id) if thought) / len(token_ids)
    assert driver.finished(request_id)[0].mean_logprob == pytest.approx(mean)


def test_who_asks_for_no_thoughts_gets_none(driver: Driver) -> None:
    asking = driver.submit("The cat", num_alternatives=0, max_new_tokens=4)
    silent = driver.submit("The cat", max_new_tokens=4)
    driver.run()
    assert all(thought is not None and thought.alternatives == () for thought in thoughts(driver, asking))
    assert set(thoughts(driver, silent)) == {None}
    assert driver.finished(silent)[0].mean_logprob is None


def test_thoughts_do_not_change_the_text(driver: Driver) -> None:
    silent = driver.complete("The cat sat", seed=5, max_new_tokens=20)
    assert driver.complete("The cat sat", seed=5, max_new_tokens=20, num_alternatives=3) == silent


def test_a_banned_string_never_comes(driver: Driver) -> None:
    free = driver.complete("The cat", seed=1, num_continuations=8, max_new_tokens=60)
    assert any("e" in text for text in free)
    for text in driver.complete("The cat", seed=1, num_continuations=8, max_new_tokens=60, banned=("e", "th")):
        assert "e" not in text
        assert "th" not in text


def test_a_banned_string_is_not_completed_inside_the_typed_word(driver: Driver) -> None:
    prompt = "The cat sat on th"
    for text in driver.complete(prompt, num_continuations=8, max_new_tokens=10, banned=("the", "that")):
        assert not text.startswith(("e", "at"))


def test_a_bias_decides_and_forbids(driver: Driver) -> None:
    wanted = 17
    request_id = driver.submit("", temperature=0, max_new_tokens=3, logit_bias=((wanted, 100.0),))
    driver.run()
    assert driver.token_ids(request_id) == [[wanted] * 3]
    request_id = driver.submit("", max_new_tokens=3, logit_bias=((wanted, 100.0), (wanted, -100.0), (18, 99.0)))
    driver.run()
    assert driver.token_ids(request_id) == [[18] * 3] * 3


@pytest.mark.parametrize("penalty", ["presence_penalty", "frequency_penalty"])
def test_a_penalty_hinders_what_was_written(driver: Driver, penalty: str) -> None:
    biased: dict[str, Any] = {"temperature": 0, "logit_bias": ((17, 60.0), (18, 50.0)), "max_new_tokens": 4}
    request_id = driver.submit("", **biased, **{penalty: 40.0})
    driver.run()
    # 17 leads by ten; each penalty of forty takes the lead from the one that was written most.
    expected = {"presence_penalty": [17, 18, 17, 17], "frequency_penalty": [17, 18, 17, 18]}
    assert driver.token_ids(request_id) == [expected[penalty]]


def test_a_penalty_leaves_the_prompt_alone(driver: Driver) -> None:
    plain = driver.complete("The cat sat. The cat", temperature=0, max_new_tokens=1)
    assert driver.complete("The cat sat. The cat", temperature=0, max_new_tokens=1, presence_penalty=50.0) == plain


@pytest.mark.parametrize(
    "params",
    [
        {"min_p": 1.1},
        {"min_p": math.nan},
        {"presence_penalty": 101},
        {"frequency_penalty": "1"},
        {"banned": ("",)},
        {"banned": ("a",) * 65},
        {"banned": ["a"]},
        {"logit_bias": ((-1, 1.0),)},
        {"logit_bias": ((1, math.inf),)},
        {"num_alternatives": 21},
        {"num_alternatives": True},
        {"heal": 1},
        {"distinct": None},
    ],
)
def test_params_out_of_range_say_what_is_allowed(params: dict[str, Any]) -> None:
    with pytest.raises(InvalidParams, match="expected"):
        SamplingParams(**params)


def test_a_bias_for_a_token_that_is_not_there_is_refused(driver: Driver) -> None:
    with pytest.raises(InvalidParams, match="expected one below"):
        driver.submit("It", logit_bias=((10**6, 1.0),))

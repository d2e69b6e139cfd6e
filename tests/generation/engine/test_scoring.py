"""How surprising a text is, token by token, while others decode."""

from __future__ import annotations

import pytest
import torch
from transformers import GPT2LMHeadModel

from generation.engine import scoring
from generation.errors import CheckpointNotReady, EngineClosed, InvalidPrompt
from tests.generation.conftest import CONTEXT_LENGTH, TRAINING_TEXT
from tests.generation.driver import Driver

TEXT = "The cat sat on the mat. “What is it?” said Alice."


@torch.inference_mode()
def test_surprisals_are_those_of_transformers(driver: Driver, reference: GPT2LMHeadModel) -> None:
    result = driver.engine.score("tiny", TEXT)
    driver.run()
    scores = result.result(timeout=0)
    token_ids = torch.tensor([[0, *(score.token_id for score in scores)]])
    logprobs = reference(token_ids).logits[0, :-1].log_softmax(-1)
    expected = -logprobs.gather(1, token_ids[0, 1:, None])[:, 0]
    torch.testing.assert_close(torch.tensor([score.surprisal for score in scores]), expected, rtol=1e-4, atol=1e-4)
    assert b"".join(score.token_bytes for score in scores).decode() == TEXT


def test_a_text_longer_than_the_context_is_scored_whole(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "CHUNK", 10)
    text = (TRAINING_TEXT * 10)[: CONTEXT_LENGTH * 8]
    result = driver.engine.score("tiny", text)
    driver.run()
    scores = result.result(timeout=0)
    assert len(scores) > CONTEXT_LENGTH
    assert b"".join(score.token_bytes for score in scores).decode() == text


def test_an_empty_text_has_no_scores(driver: Driver) -> None:
    result = driver.engine.score("tiny", "")
    driver.run()
    assert result.result(timeout=0) == []


def test_a_cancelled_score_ends_alone(driver: Driver) -> None:
    first, second = driver.engine.score("tiny", TEXT), driver.engine.score("tiny", TEXT)
    first.cancel()
    driver.run()
    assert second.result(timeout=0)


def test_a_failing_score_harms_nobody(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "AttentionPlan", None)
        result = driver.engine.score("tiny", TEXT)
        driver.run()
    with pytest.raises(TypeError):
        result.result(timeout=0)
    assert len(driver.complete("The cat")) == 3


def test_what_cannot_be_scored_is_refused(driver: Driver) -> None:
    with pytest.raises(CheckpointNotReady):
        driver.engine.score("gpt5", TEXT)
    with pytest.raises(InvalidPrompt):
        driver.engine.score("tiny", "\ud800")
    waiting = driver.engine.score("tiny", TEXT)
    driver.engine.close()
    with pytest.raises(EngineClosed):
        waiting.result(timeout=0)
    with pytest.raises(EngineClosed):
        driver.engine.score("tiny", TEXT)

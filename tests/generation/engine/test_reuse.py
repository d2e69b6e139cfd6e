"""Prefix reuse changes what is computed, never what is answered."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import GPT2LMHeadModel

from generation.engine.model import GPT2
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver
from tests.generation.engine.oracle import Oracle


@pytest.fixture(scope="module")
def oracle(checkpoint_folder: Path, reference: GPT2LMHeadModel) -> Oracle:
    return Oracle.of(checkpoint_folder, reference)


class Typist:
    """Types, erases, jumps and pastes; every state of the text is a prompt."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.text = ""

    def go_on(self) -> str:
        match self.random.random():
            case chance if chance < 0.6:
                place = self.random.randrange(len(TRAINING_TEXT) - 4)
                self.text += TRAINING_TEXT[place : place + self.random.randint(1, 4)]
            case chance if chance < 0.75:
                self.text = self.text[: -self.random.randint(1, 8)]
            case chance if chance < 0.85:
                place = self.random.randrange(len(TRAINING_TEXT) - 300)
                self.text += TRAINING_TEXT[place : place + self.random.randint(20, 300)]
            case chance if chance < 0.95 and self.text:
                place = self.random.randrange(len(self.text))
                self.text = self.text[:place] + "and" + self.text[place:]
            case _:
                self.text = self.text[: self.random.randint(0, len(self.text))]
        return self.text


@pytest.mark.parametrize("seed", range(4))
def test_typing_erasing_and_cancelling_give_the_oracles_answers(
    make_driver: Callable[..., Driver], oracle: Oracle, seed: int
) -> None:
    # A budget of a few slots, so that they are also evicted.
    driver = make_driver(memory_budget=1500 * 1024)
    chance = random.Random(seed)
    typists = [Typist(100 * seed + number) for number in range(3)]
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    latest: dict[int, str] = {}
    for number in range(50):
        typist = chance.randrange(3)
        # Mostly the newer request replaces the older one; sometimes both run ("three more").
        if typist in latest and chance.random() < 0.7:
            driver.engine.cancel(latest[typist])
        params: dict[str, Any] = {
            "seed": number,
            "max_new_tokens": chance.randint(1, 6),
            "num_continuations": chance.randint(1, 3),
        }
        prompt = typists[typist].go_on()
        latest[typist] = driver.submit(prompt, request_id=f"typist-{typist}:{number}", **params)
        asked[latest[typist]] = (prompt, params)
        for _ in range(chance.randint(0, 5)):
            driver.engine.step()
    driver.run()
    for request_id, (prompt, params) in asked.items():
        expected = oracle.token_ids(prompt, **params)
        for event in driver.finished(request_id):
            tokens = driver.token_ids(request_id)[event.index] if event.num_tokens else []
            assert tokens == expected[event.index][: len(tokens)]
            assert event.finish_reason in ("stop", "length", "cancelled")
            if event.finish_reason != "cancelled":
                assert tokens == expected[event.index]


def test_a_keystroke_reads_a_few_tokens(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "She had been sitting there for an hour, thinking of nothing; then the cat went "
    read = count_reads(monkeypatch)
    for number, end in enumerate(range(20, len(text))):
        driver.submit(text[:end], request_id=f"typist:{number}", max_new_tokens=1)
        driver.run()
    assert read[0] >= 5
    assert max(read[1:]) <= 4


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tokens each forward pass reads."""
    read: list[int] = []
    forward = GPT2.forward

    def counted(self: GPT2, input_ids: list[int], *arguments: object) -> object:
        read.append(len(input_ids))
        return forward(self, input_ids, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(GPT2, "forward", counted)
    return read


def test_a_keystroke_inside_a_word_of_one_token_reads_nothing(
    driver: Driver, oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.submit("The cat sat on t", request_id="typist:0", max_new_tokens=1)
    driver.run()
    read = count_reads(monkeypatch)
    for number, prompt in enumerate(("The cat sat on th", "The cat sat on the", "The cat sat on th"), start=1):
        driver.submit(prompt, request_id=f"typist:{number}", seed=number, max_new_tokens=1)
        driver.run()
        assert driver.token_ids(f"typist:{number}") == oracle.token_ids(prompt, seed=number, max_new_tokens=1)
    assert sum(read) <= 2


@pytest.mark.parametrize("prefill_chunk", [64, 65, 1000])
def test_the_size_of_chunks_changes_no_token(make_driver: Callable[..., Driver], prefill_chunk: int) -> None:
    params: dict[str, Any] = {"seed": 4, "max_new_tokens": 8, "temperature": 1.2}
    expected = make_driver().complete(TRAINING_TEXT[:500], **params)
    assert make_driver(prefill_chunk=prefill_chunk).complete(TRAINING_TEXT[:500], **params) == expected


def test_sessions_do_not_share(driver: Driver) -> None:
    text = "She had been sitting there for an hour, thinking of nothing"
    driver.submit(text, request_id="one:1", seed=1)
    driver.run()
    driver.submit(text, request_id="two:1", seed=1)
    driver.run()
    assert driver.texts("one:1") == driver.texts("two:1")


def test_a_sliding_window_is_seldom_read_anew(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TRAINING_TEXT.replace("\n", " ")
    read: list[int] = []
    forward = GPT2.forward

    def counted(self: GPT2, input_ids: list[int], *arguments: object) -> object:
        read.append(len(input_ids))
        return forward(self, input_ids, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(GPT2, "forward", counted)
    # The browser sends the last characters only, so the prompt's beginning moves with every key too.
    for number, end in enumerate(range(600, 800)):
        driver.submit(text[end - 500 : end], request_id=f"typist:{number}", max_new_tokens=1)
        driver.run()
    assert sum(size > 50 for size in read) <= len(read) // 10

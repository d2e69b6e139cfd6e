"""The visible tail of a long prompt."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.engine.tokenizer import Tokenizer
from generation.engine.window import visible_tail
from tests.generation.conftest import TRAINING_TEXT


@pytest.fixture(scope="module")
def tokenizer(checkpoint_folder: Path) -> Tokenizer:
    return Tokenizer.from_folder(checkpoint_folder)


def test_a_short_text_is_seen_whole(tokenizer: Tokenizer) -> None:
    assert visible_tail("The cat", tokenizer, 100) == "The cat"
    assert visible_tail("", tokenizer, 100) == ""


@pytest.mark.parametrize("end", range(700, 900, 7))
def test_a_long_text_is_seen_from_a_word_on(tokenizer: Tokenizer, end: int) -> None:
    text = TRAINING_TEXT[:end]
    tail = visible_tail(text, tokenizer, 100)
    assert text.endswith(tail)
    assert 60 <= len(tokenizer.encode(tail)) <= 102
    assert text[: -len(tail)][-1].isspace()


def test_the_start_stays_while_the_text_grows(tokenizer: Tokenizer) -> None:
    starts = {end - len(visible_tail(TRAINING_TEXT[:end], tokenizer, 100)) for end in range(700, 900)}
    assert len(starts) <= 12


def test_the_start_stays_while_the_prompt_slides(tokenizer: Tokenizer) -> None:
    tails = [visible_tail(TRAINING_TEXT[end - 600 : end], tokenizer, 100)[:20] for end in range(700, 900)]
    assert len(set(tails)) <= 12


@pytest.mark.parametrize("text", ["x" * 3000, "猫" * 1000, "👩‍👩‍👧‍👦" * 200, " " * 3000])
def test_a_text_without_words_is_cut_between_characters(tokenizer: Tokenizer, text: str) -> None:
    tail = visible_tail(text, tokenizer, 100)
    assert text.endswith(tail)
    assert len(tokenizer.encode(tail)) <= 110

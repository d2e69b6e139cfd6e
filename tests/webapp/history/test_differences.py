"""The pieces always make both texts, and keep what a reader would call the same."""

from __future__ import annotations

import random
import time

import pytest

from webapp.history.differences import Piece, compare


def sides(pieces: list[Piece]) -> tuple[str, str]:
    before = "".join(piece.text for piece in pieces if piece.kind != "inserted")
    after = "".join(piece.text for piece in pieces if piece.kind != "deleted")
    return before, after


def short(before: str, after: str) -> str:
    marks = {"kept": "{}", "deleted": "[-{}]", "inserted": "[+{}]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in compare(before, after))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", ""),
        ("The cat", "The cat", "The cat"),
        ("", "New", "[+New]"),
        ("Old", "", "[-Old]"),
        ("The cat", "The cat sat.", "The cat[+ sat.]"),
        ("The old cat sat.", "The cat sat.", "The [-old ]cat sat."),
        ("I saw the cat.", "I saw a dog.", "I saw [-the cat][+a dog]."),
        ("one\ntwo\nthree", "one\nthree", "one\n[-two\n]three"),
        ("今日は雨です。", "今日は晴です。", "今日は[-雨][+晴]です。"),
    ],
)
def test_words_are_compared(before: str, after: str, expected: str) -> None:
    assert short(before, after) == expected


def test_a_paragraph_that_moved_is_found_on_one_side() -> None:
    one, two = "The sea was grey that day.\n", "Nobody came to the shore.\n"
    assert short(one + two, two + one).count("[") == 2


@pytest.mark.parametrize("seed", range(40))
def test_the_pieces_make_both_texts(seed: int) -> None:
    generator = random.Random(seed)
    letters = ["a", "b", " ", "\n", ".", "é", "😀", "the ", "sea "]
    before = "".join(generator.choice(letters) for _ in range(generator.randrange(200)))
    after = list(before)
    for _ in range(generator.randrange(20)):
        place = generator.randrange(len(after) + 1)
        after[place : place + generator.randrange(3)] = [generator.choice(letters)]
    pieces = compare(before, "".join(after))
    assert sides(pieces) == (before, "".join(after))
    assert all(piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("the cat " * 125_000, "the dog " * 125_000),
        ("a b " * 250_000, "b a a " * 166_000),
        ("x" * 1_000_000, "y" + "x" * 999_999),
        (" ".join(map(str, range(150_000))), " ".join(map(str, reversed(range(150_000))))),
    ],
    ids=["repeated", "two words", "one line", "turned round"],
)
def test_a_megabyte_is_never_compared_each_with_each(before: str, after: str) -> None:
    began = time.process_time()
    assert sides(compare(before, after)) == (before, after)
    # Quadratic work would take hours; a busy machine takes a second or two.
    assert time.process_time() - began < 30

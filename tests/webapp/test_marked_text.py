"""Which words a machine wrote, paragraph by paragraph."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.marked_text import Piece, machine_share, marked_paragraphs

PERSON = {"author": {"name": "Ada", "color": 1}, "origin": "typed", "provenance": None, "at": "2026-01-01"}
MACHINE = {**PERSON, "origin": "suggestion", "provenance": {"checkpoint": "novels-7m"}}
RESTORED = {**PERSON, "origin": "restored", "provenance": {"revision_restored": 3, "source": MACHINE}}


def attribution(*runs: tuple[int, int]) -> dict[str, Any]:
    return {"sources": [PERSON, MACHINE, RESTORED], "runs": [list(run) for run in runs]}


def test_pieces_are_divided_by_what_wrote_them() -> None:
    assert marked_paragraphs("One two.", attribution((4, 0), (4, 1))) == [[Piece("One "), Piece("two.", MACHINE)]]


def test_restored_words_are_still_the_machines() -> None:
    assert marked_paragraphs("One", attribution((3, 2))) == [[Piece("One", MACHINE)]]


def test_a_suggestion_may_go_over_lines_and_paragraphs() -> None:
    marked = marked_paragraphs("a\nb\n\nc", attribution((1, 0), (5, 1)))
    assert marked == [[Piece("a\n"), Piece("b", MACHINE)], [Piece("c", MACHINE)]]


@pytest.mark.parametrize(
    ("runs", "share"),
    [
        ([], 0),
        ([(5, 0)], 0),
        ([(5, 1)], 100),
        ([(1, 1), (999, 0)], 1),
        ([(999, 1), (1, 0)], 99),
        ([(1, 2), (1, 0)], 50),
        ([(1, 1), (7, 0)], 13),
        ([(1, 1), (39, 0)], 3),
    ],
)
def test_the_machines_share_is_whole_percent_and_never_hides_a_word(runs: list[tuple[int, int]], share: int) -> None:
    assert machine_share(attribution(*runs)) == share

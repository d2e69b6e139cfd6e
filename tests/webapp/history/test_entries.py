"""What is one entry of a timeline, and what are two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.collab.attribution import Byline
from webapp.history.entries import MAX_UPDATES, Step, group, to_step

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADA, BOB = Byline("Ada", 1), Byline("Bob", 2)


def step(
    revision: int, seconds: float, author: Byline = ADA, origin: str = "typed", checkpoint: str | None = None
) -> Step:
    return Step(revision, author, origin, checkpoint, NOON + timedelta(seconds=seconds), 2, 1)


def spans(*oldest_first: Step) -> list[tuple[int, int]]:
    return [(entry.first_revision, entry.last_revision) for entry in group(reversed(oldest_first))]


def test_what_one_writes_without_a_pause_is_one_entry() -> None:
    (entry,) = group([step(3, 150), step(2, 60), step(1, 0)])
    assert (entry.first_revision, entry.last_revision) == (1, 3)
    assert (entry.num_inserted, entry.num_deleted) == (6, 3)
    assert (entry.began_at, entry.ended_at) == (NOON, NOON + timedelta(seconds=150))
    assert entry.authors == [ADA]


def test_a_pause_divides() -> None:
    assert spans(step(1, 0), step(2, 120), step(3, 241)) == [(3, 3), (1, 2)]


def test_another_origin_divides() -> None:
    assert spans(step(1, 0), step(2, 1, origin="suggestion"), step(3, 2)) == [(3, 3), (2, 2), (1, 1)]


def test_another_author_divides() -> None:
    assert spans(step(1, 0), step(2, 30, BOB), step(3, 60, BOB)) == [(2, 3), (1, 1)]


def test_those_who_write_at_the_same_time_share_an_entry() -> None:
    (entry,) = group([step(4, 3, BOB), step(3, 2), step(2, 1, BOB), step(1, 0)])
    assert entry.authors == [ADA, BOB]


def test_no_entry_crosses_a_block_of_revisions() -> None:
    steps = [step(revision, revision) for revision in range(1, 2 * MAX_UPDATES + 2)]
    assert spans(*steps) == [(1000, 1001), (500, 999), (1, 499)]


def test_entries_are_the_same_wherever_reading_begins() -> None:
    steps = [step(revision, revision * 50, [ADA, BOB][revision // 7 % 2]) for revision in range(1, 100)]
    whole = spans(*steps)
    for first, last in whole:
        assert (first, last) in spans(*steps[:last])


def test_suggestions_name_their_checkpoints() -> None:
    one, two = step(2, 1, origin="suggestion", checkpoint="gpt2"), step(1, 0, origin="suggestion", checkpoint="tiny")
    (entry,) = group([one, two])
    assert entry.checkpoints == ["tiny", "gpt2"]


def test_clocks_that_differ_divide_nothing() -> None:
    assert spans(step(1, 1), step(2, 0)) == [(1, 2)]


@pytest.mark.parametrize(
    ("changes", "inserted", "deleted"),
    [
        ([[0, "abc"]], 3, 0),
        ([5, [2], 3], 0, 2),
        ([1, [2, "one", "two"], [1, "x"]], 8, 3),
        ([[0, "👩"]], 2, 0),
        ([7], 0, 0),
        ([[0, "", ""]], 1, 0),
    ],
)
def test_characters_are_counted_in_utf16_units(changes: list[Any], inserted: int, deleted: int) -> None:
    counted = to_step(1, ADA, "typed", None, NOON, changes)
    assert (counted.num_inserted, counted.num_deleted) == (inserted, deleted)


def test_nothing_makes_no_entry() -> None:
    assert list(group([])) == []

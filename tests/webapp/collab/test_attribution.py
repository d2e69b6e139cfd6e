"""The runs cover the text exactly, whatever is done to it."""

import random
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from webapp.collab import utf16
from webapp.collab.attribution import Attribution, Byline, Piece, Run, Source, apply, compact
from webapp.collab.changes import ChangeSet

ADA, BOB = Byline("Ada", 1), Byline("Bob", 2)


def typed_by(author: Byline, at: str = "2026-11-21T10:00:00+00:00") -> Source:
    return Source(author, "typed", None, at)


def suggested_to(author: Byline, request_id: str) -> Source:
    provenance = {"request_id": request_id, "index": 0, "checkpoint": "novels-7m"}
    return Source(author, "suggestion", provenance, "2026-11-21T10:00:00+00:00")


def edited(attribution: Attribution, changes: list[Any], source: Source) -> Attribution:
    return apply(attribution, ChangeSet.from_json(changes), source)


@pytest.fixture
def hello() -> Attribution:
    """ "Hello" by Ada, " world" by a model, "!" by Ada."""
    attribution = edited(Attribution(), [[0, "Hello"]], typed_by(ADA))
    attribution = edited(attribution, [5, [0, " world"]], suggested_to(ADA, "r1"))
    return edited(attribution, [11, [0, "!"]], typed_by(ADA))


def test_each_stretch_has_its_source(hello: Attribution) -> None:
    assert hello.sources == (typed_by(ADA), suggested_to(ADA, "r1").longer(6))
    assert hello.runs == (Run(5, 0), Run(6, 1), Run(1, 0))


def test_neighbours_of_one_source_are_one_run(hello: Attribution) -> None:
    assert edited(hello, [5, [6], 1], typed_by(ADA)).runs == (Run(6, 0),)
    assert edited(hello, [2, [0, "l"], 10], typed_by(ADA)).runs[0] == Run(6, 0)


def test_all_that_one_author_types_is_one_source(hello: Attribution) -> None:
    later = edited(hello, [12, [0, "?"]], typed_by(ADA, at="2026-11-21T11:00:00+00:00"))
    assert later.sources == hello.sources
    assert edited(hello, [12, [0, "?"]], typed_by(BOB)).sources == (*hello.sources, typed_by(BOB))


def test_each_accepted_suggestion_is_a_source(hello: Attribution) -> None:
    again = edited(hello, [12, [0, " So"]], suggested_to(ADA, "r2"))
    assert len(again.sources) == 3
    assert len(edited(again, [15, [0, " be it"]], suggested_to(ADA, "r2")).sources) == 3


def test_typing_within_machine_text_divides_it(hello: Attribution) -> None:
    assert edited(hello, [8, [1, "RR"], 3], typed_by(BOB)).runs == (
        Run(5, 0), Run(3, 1), Run(2, 2), Run(2, 1), Run(1, 0),
    )  # fmt: skip


def test_a_deletion_names_nobody(hello: Attribution) -> None:
    assert edited(hello, [[5], 7], typed_by(BOB)).sources == hello.sources
    assert edited(hello, [[12]], typed_by(BOB)).runs == ()
    assert edited(hello, [12], typed_by(BOB)) == hello


def test_a_suggestion_remembers_how_much_of_it_was_accepted(hello: Attribution) -> None:
    cut = edited(hello, [5, [3], 4], typed_by(BOB))
    assert (cut.sources[1].length, cut.runs[1]) == (6, Run(3, 1))
    more = edited(cut, [8, [0, " at large"], 1], suggested_to(ADA, "r1"))
    assert (more.sources[1].length, more.runs[1]) == (15, Run(12, 1))
    assert [source.length for source in hello.sources] == [0, 6]


def test_a_copy_has_the_sources_of_what_was_copied(hello: Attribution) -> None:
    pieces = (Piece(2, typed_by(ADA)), Piece(6, suggested_to(ADA, "r1")), Piece(1, suggested_to(BOB, "r9")))
    changes = ChangeSet.from_json([[0, "lo w"], 5, [6, "orld?"], 1])
    copied = apply(hello, changes, typed_by(BOB), pieces)
    assert copied.runs == (Run(2, 0), Run(2, 1), Run(5, 0), Run(4, 1), Run(1, 2), Run(1, 0))
    assert copied.sources == (*hello.sources, suggested_to(BOB, "r9"))


def test_compacting_drops_sources_without_text(hello: Attribution) -> None:
    small = compact(edited(hello, [[5], 6, [1]], typed_by(BOB)))
    assert small == Attribution((suggested_to(ADA, "r1").longer(6),), (Run(6, 0),))
    assert compact(hello) == hello


def test_lengths_count_utf16_units() -> None:
    assert edited(Attribution(), [[0, "👩‍🚀", "!"]], typed_by(ADA)).length == utf16.length("👩‍🚀\n!")


def test_it_survives_json(hello: Attribution) -> None:
    told = hello.to_dict()
    assert told["runs"] == [[5, 0], [6, 1], [1, 0]]
    assert told["sources"][0]["author"] == {"name": "Ada", "color": 1}
    assert Attribution.from_dict(told) == hello


@pytest.mark.parametrize("seed", range(20))
def test_runs_always_cover_the_text_and_say_who_wrote_it(seed: int) -> None:
    generator = random.Random(seed)
    sources = [typed_by(ADA), typed_by(BOB), suggested_to(ADA, "r1"), suggested_to(BOB, "r2")]
    letters = ["a", "b", "c", "d"]  # each source writes its own letter
    text, attribution = "", Attribution()
    for _ in range(100):
        start = generator.randrange(len(text) + 1)
        end = min(len(text), start + generator.randrange(6))
        author = generator.randrange(4)
        changes = ChangeSet.replacing(start, end, letters[author] * generator.randrange(5), len(text))
        text, attribution = changes.apply(text), apply(attribution, changes, sources[author])
        assert spelled(attribution, dict(zip(map(repr, sources), letters, strict=True))) == text
        assert all(one.source != other.source for one, other in pairwise(attribution.runs))


def spelled(attribution: Attribution, letter_of: dict[str, str]) -> str:
    return "".join(
        letter_of[repr(replace(attribution.sources[run.source], length=0))] * run.length for run in attribution.runs
    )

"""Text that stood in a document at an earlier time, with what each stretch of it came from. Blocks on the database.

A place is followed back, update by update, to the one that inserted its text, or to a snapshot. That takes positions
alone, so it costs the same in a long text as in a short one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final
from uuid import UUID

from webapp.collab import states, utf16
from webapp.collab.attribution import Attribution, Piece, Run, stretch, take
from webapp.collab.changes import ChangeSet
from webapp.collab.rows import CommittedUpdate, pieces_of, source_of
from webapp.collab.sections import Section
from webapp.collab.states import DocumentState
from webapp.models import Snapshot, Update

# Parts of updates that are read, and what lies in between: some tenths of a second, in a thread beside the others.
MAX_STEPS: Final = 40_000
SNAPSHOT_STEPS: Final = 2_000


class NotThere(Exception):
    """Nobody can say what stood there, or finding out would take too long."""


@dataclass(frozen=True, slots=True)
class Place:
    """`length` units at `position` of the text at `revision`."""

    revision: int
    position: int
    length: int


@dataclass(frozen=True, slots=True)
class Found:
    """The pieces cover the text."""

    text: str
    pieces: tuple[Piece, ...]

    def cut(self, start: int, length: int) -> Found:
        """Raises ChangeError where the text has no such part."""
        runs = deque(Run(piece.length, index) for index, piece in enumerate(self.pieces))
        text = utf16.cut(self.text, (start, length, utf16.length(self.text) - start - length))[1]
        take(runs, start)
        return Found(text, tuple(Piece(run.length, self.pieces[run.source].source) for run in take(runs, length)))


@dataclass(slots=True)
class _Wanted:
    """Part of a place, not found so far; `start` is its position in the text that the walk has come to."""

    start: int
    length: int
    place: int
    offset: int


@dataclass(slots=True)
class EarlierText:
    """Answers a few questions about one document, up to `steps_left`."""

    document_id: UUID
    steps_left: int = MAX_STEPS
    _snapshots: dict[int, DocumentState] = field(default_factory=dict)

    def inserted_by(self, session_id: str, number: int) -> Found:
        """What an update inserted, all of it in order. Raises NotThere."""
        self._spend(1)
        row = Update.objects.filter(document_id=self.document_id, session_id=session_id, number=number).first()
        if row is None:
            raise NotThere(f"update {number} of {session_id} is not there")
        return inserted_text(CommittedUpdate.of(row), ChangeSet.from_json(row.changes))

    def at(self, places: Sequence[Place]) -> list[Found]:
        """What stood at each of the places. Raises NotThere."""
        newest = max(place.revision for place in places)
        base = self._base(min(place.revision for place in places))
        waiting = sorted(range(len(places)), key=lambda index: places[index].revision)
        wanted: list[_Wanted] = []
        parts: list[list[tuple[int, Found]]] = [[] for _ in places]
        for row in self._rows_back(newest, base):
            _enter(wanted, waiting, places, row.revision)
            changes = ChangeSet.from_json(row.changes)
            self._spend(len(changes.sections) + len(wanted) + 1)
            wanted = _step_back(wanted, changes, inserted_text(CommittedUpdate.of(row), changes), parts)
            if not wanted and not waiting:
                break
        else:
            _enter(wanted, waiting, places, base)
            if wanted or waiting:
                _read(wanted, self._snapshot(base), parts)
        return [_joined(found) for found in parts]

    def _base(self, revision: int) -> int:
        """The newest state that was kept at or before a revision."""
        state = states.cache.get(self.document_id)
        if state is not None and state.revision == revision:
            self._snapshots[revision] = state
            return revision
        kept = Snapshot.objects.filter(document_id=self.document_id, revision__lte=revision).order_by("-revision")
        return kept.values_list("revision", flat=True).first() or 0

    def _snapshot(self, revision: int) -> DocumentState:
        if revision not in self._snapshots:
            self._spend(SNAPSHOT_STEPS)
            self._snapshots[revision] = states.newest_snapshot(self.document_id, revision)
        return self._snapshots[revision]

    def _rows_back(self, newest: int, base: int) -> Iterator[Update]:
        rows = Update.objects.filter(document_id=self.document_id, revision__gt=base, revision__lte=newest)
        # Of updates that were folded a few are left, with gaps between them.
        if newest - base > self.steps_left or rows.count() != newest - base:
            raise NotThere(f"revision {newest} is not there, or too far from {base}")
        return rows.order_by("-revision").iterator(chunk_size=200)

    def _spend(self, steps: int) -> None:
        self.steps_left -= steps
        if self.steps_left < 0:
            raise NotThere("it would take too long")


def inserted_text(update: CommittedUpdate, changes: ChangeSet) -> Found:
    """All that the update's changes inserted, in order. Moving an update leaves it as it is."""
    text = "".join(section.inserted or "" for section in changes.sections)
    length = utf16.length(text)
    return Found(text, pieces_of(update) or ((Piece(length, source_of(update).longer(length)),) if text else ()))


def _enter(wanted: list[_Wanted], waiting: list[int], places: Sequence[Place], revision: int) -> None:
    """Begins to look for the places of a revision, once the walk has come there."""
    while waiting and places[waiting[-1]].revision == revision:
        index = waiting.pop()
        wanted.append(_Wanted(places[index].position, places[index].length, index, 0))


def _step_back(
    wanted: list[_Wanted], changes: ChangeSet, inserted: Found, parts: list[list[tuple[int, Found]]]
) -> list[_Wanted]:
    """What is wanted of the text before the changes; what they inserted is found."""
    ends = list(accumulate(_length_after(section) for section in changes.sections))
    old_ends = list(accumulate(section.length for section in changes.sections))
    inserted_ends = list(accumulate(section.inserted_length if section.inserted else 0 for section in changes.sections))
    before: list[_Wanted] = []
    for want in wanted:
        end = want.start + want.length
        if end > (ends[-1] if ends else 0):
            raise NotThere(f"the text ends before {end}")
        for index in range(bisect_right(ends, want.start), bisect_left(ends, end) + 1):
            section = changes.sections[index]
            section_start = ends[index] - _length_after(section)
            start, stop = max(want.start, section_start), min(end, ends[index])
            offset = want.offset + start - want.start
            if stop <= start:
                continue
            if section.inserted is None:
                moved = start - section_start + old_ends[index] - section.length
                before.append(_Wanted(moved, stop - start, want.place, offset))
            else:
                at = start - section_start + inserted_ends[index] - section.inserted_length
                parts[want.place].append((offset, inserted.cut(at, stop - start)))
    return before


def _length_after(section: Section) -> int:
    return section.length if section.inserted is None else section.inserted_length


def _read(wanted: list[_Wanted], state: DocumentState, parts: list[list[tuple[int, Found]]]) -> None:
    ends = list(accumulate(run.length for run in state.attribution.runs))
    for want in wanted:
        end = want.start + want.length
        if end > (ends[-1] if ends else 0):
            raise NotThere(f"the text ends before {end}")
        text = utf16.cut(state.text, (want.start, want.length, ends[-1] - end))[1]
        runs = stretch(state.attribution.runs, ends, want.start, end)
        parts[want.place].append((want.offset, Found(text, _pieces(runs, state.attribution))))


def _pieces(runs: Sequence[Run], attribution: Attribution) -> tuple[Piece, ...]:
    return tuple(Piece(run.length, attribution.sources[run.source]) for run in runs)


def _joined(parts: list[tuple[int, Found]]) -> Found:
    in_order = [found for _, found in sorted(parts, key=lambda part: part[0])]
    return Found(
        "".join(found.text for found in in_order), tuple(piece for found in in_order for piece in found.pieces)
    )

"""Who, or what, wrote each stretch of a text: recorded from the updates, never guessed. Pure."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import itemgetter
from typing import Any, Final, NamedTuple, Self

from webapp.collab.changes import ChangeSet

MACHINE_ORIGIN: Final = "suggestion"


@dataclass(frozen=True, slots=True)
class Byline:
    """A person as a text shows them."""

    name: str
    color: int

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "color": self.color}


@dataclass(frozen=True, slots=True)
class Source:
    """Where text came from. `provenance` tells what wrote a suggestion; `at` (ISO 8601) when its first text came.

    `length` counts the UTF-16 units that were accepted of a suggestion: a stretch of another length was edited since.
    """

    author: Byline
    origin: str
    provenance: dict[str, Any] | None
    at: str
    length: int = 0

    def to_dict(self) -> dict[str, Any]:
        author = self.author.to_dict()
        told = {"author": author, "origin": self.origin, "provenance": self.provenance, "at": self.at}
        return {**told, "length": self.length} if self.length else told

    def longer(self, length: int) -> Self:
        """The same source after so much more text of it, which only counts where a machine wrote it."""
        return replace(self, length=self.length + length) if self.origin == MACHINE_ORIGIN else self

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        return cls(**{**value, "author": Byline(**value["author"])})

    def is_shared_with(self, other: "Source") -> bool:
        """All that one person types is one source; so is what was taken, in parts perhaps, of one suggestion."""
        return self.origin == other.origin and self.author == other.author and self.provenance == other.provenance


class Piece(NamedTuple):
    """`length` UTF-16 units that come from `source`."""

    length: int
    source: Source


class Run(NamedTuple):
    """`length` UTF-16 units from the source with this index."""

    length: int
    source: int


@dataclass(frozen=True, slots=True)
class Attribution:
    """The runs, in order, cover the text exactly; no two neighbours have the same source."""

    sources: tuple[Source, ...] = ()
    runs: tuple[Run, ...] = ()

    @property
    def length(self) -> int:
        return sum(run.length for run in self.runs)

    def to_dict(self) -> dict[str, Any]:
        return {"sources": [source.to_dict() for source in self.sources], "runs": [list(run) for run in self.runs]}

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        sources = tuple(Source.from_dict(source) for source in value["sources"])
        return cls(sources, tuple(Run(*run) for run in value["runs"]))


def apply(attribution: Attribution, changes: ChangeSet, source: Source, pieces: Sequence[Piece] = ()) -> Attribution:
    """The attribution of the text after `changes`, whose insertions come from `source`.

    Where they are copies, `pieces` tell what each stretch of them, in order, comes from instead.
    """
    if changes.is_empty:
        return attribution
    inserted = sum(section.inserted_length for section in changes.sections if section.inserted)
    sources, inserted_runs = attribution.sources, deque[Run]()
    if inserted and not pieces:
        sources, index = _with_source(sources, source, inserted)
        inserted_runs.append(Run(inserted, index))
    for piece in pieces:
        sources, index = _with_source(sources, piece.source)
        inserted_runs.append(Run(piece.length, index))
    return Attribution(sources, _edited(attribution.runs, changes, inserted_runs))


def compact(attribution: Attribution) -> Attribution:
    """Without the sources of which no text is left."""
    used = sorted({run.source for run in attribution.runs})
    new_index = {index: position for position, index in enumerate(used)}
    return Attribution(
        tuple(attribution.sources[index] for index in used),
        tuple(Run(run.length, new_index[run.source]) for run in attribution.runs),
    )


def _with_source(sources: tuple[Source, ...], source: Source, added: int = 0) -> tuple[tuple[Source, ...], int]:
    """The sources and the place of the given one among them; `added` is how much new text comes of it."""
    for index, known in enumerate(sources):
        if known.is_shared_with(source):
            longer = known.longer(added) if added else known
            return (sources if longer is known else (*sources[:index], longer, *sources[index + 1 :])), index
    return (*sources, source.longer(added)), len(sources)


def take(runs: deque[Run], length: int) -> list[Run]:
    """Takes the runs of the next `length` units off."""
    taken = []
    while length:
        run = runs.popleft()
        if run.length > length:
            runs.appendleft(Run(run.length - length, run.source))
            run = Run(length, run.source)
        taken.append(run)
        length -= run.length
    return taken


def _edited(runs: tuple[Run, ...], changes: ChangeSet, inserted: deque[Run]) -> tuple[Run, ...]:
    ends = list(accumulate(map(itemgetter(0), runs)))
    edited: list[Run] = []
    start = 0
    for section in changes.sections:
        end = start + section.length
        if section.inserted is None:
            _append(edited, stretch(runs, ends, start, end))
        elif section.inserted:
            for run in take(inserted, section.inserted_length):
                _append(edited, [run])
        start = end
    return tuple(edited)


def stretch(runs: tuple[Run, ...], ends: list[int], start: int, end: int) -> list[Run]:
    """The runs of the text from `start` to `end`. Only the outer two are touched: a long text has thousands."""
    first, last = bisect_right(ends, start), bisect_left(ends, end)
    found = list(runs[first : last + 1])
    found[-1] = Run(runs[last].length - (ends[last] - end), runs[last].source)
    found[0] = Run(found[0].length - (start - ends[first] + runs[first].length), runs[first].source)
    return found


def _append(runs: list[Run], following: list[Run]) -> None:
    if runs and runs[-1].source == following[0].source:
        following[0] = Run(runs.pop().length + following[0].length, following[0].source)
    runs.extend(following)

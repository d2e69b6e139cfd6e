"""Makes an edit that brings an earlier text back, each stretch with the source that it had. Pure.

One update for each source: an update's text has one provenance. All of them together are the smallest difference
between the two texts, so what both have keeps its attribution and other people's carets stay where they are.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, NamedTuple

from webapp.collab import utf16
from webapp.collab.attribution import Attribution, Run, take
from webapp.collab.changes import ChangeSet
from webapp.collab.edits import IncomingUpdate
from webapp.collab.sections import SectionBuilder
from webapp.collab.states import DocumentState
from webapp.history.differences import Piece, compare
from webapp.history.provenance import original, restored_from

# Each is an update that holds up other writers for a moment. Text of more sources comes back without saying whose.
MAX_SOURCES: Final = 1000
_UNKNOWN: Final = -1


class Stretch(NamedTuple):
    """`source` is an index into the earlier text's sources where the text is inserted, None where it is not."""

    kind: str
    text: str
    source: int | None = None


def restoring_updates(present: DocumentState, past: DocumentState) -> list[IncomingUpdate]:
    """Updates that turn the present into the past, each on top of the one before; none where they are equal."""
    stretches = _known(list(_stretches(compare(present.text, past.text), present.attribution, past.attribution)))
    if all(stretch.kind == "kept" for stretch in stretches):
        return []
    sources = list(dict.fromkeys(stretch.source for stretch in stretches if stretch.source is not None))
    provenances = [_provenance(past, source) for source in sources] or [{"revision_restored": past.revision}]
    ranks = {source: rank for rank, source in enumerate(sources)}
    return [
        IncomingUpdate(_changes(stretches, ranks, rank), "restored", provenance)
        for rank, provenance in enumerate(provenances)
    ]


def _stretches(pieces: Sequence[Piece], present: Attribution, past: Attribution) -> Iterator[Stretch]:
    """The pieces, with what is inserted divided by its sources. Words of another source are not the same words."""
    now, then = deque(present.runs), deque(past.runs)
    first_now, first_then = _originals(present), _originals(past)
    for kind, text in pieces:
        length = utf16.length(text)
        old = take(now, length) if kind != "inserted" else []
        new = take(then, length) if kind != "deleted" else []
        for part, source_now, source_then in _aligned(text, old, new):
            is_same = kind == "kept" and first_now[source_now] == first_then[source_then]
            if is_same:
                yield Stretch("kept", part)
                continue
            if kind != "inserted":
                yield Stretch("deleted", part)
            if kind != "deleted":
                yield Stretch("inserted", part, source_then)


def _originals(attribution: Attribution) -> list[Any]:
    """What tells each source from the others, however often its text was restored."""
    firsts = [original(source.to_dict()) for source in attribution.sources]
    return [(first["origin"], first["author"], first["provenance"]) for first in firsts]


def _aligned(text: str, old: list[Run], new: list[Run]) -> Iterator[tuple[str, int, int]]:
    """The text in parts of one old and one new source; -1 where one of the two sides is not there."""
    length = utf16.length(text)
    sides = [side or [Run(length, -1)] for side in (old, new)]
    ends = sorted({end for side in sides for end in accumulate(run.length for run in side)})
    parts = utf16.cut(text, [end - start for start, end in pairwise([0, *ends])])
    queues = [deque(side) for side in sides]
    for part in parts:
        one, other = (take(queue, utf16.length(part))[0].source for queue in queues)
        yield part, one, other


def _known(stretches: list[Stretch]) -> list[Stretch]:
    """Of sources beyond the most that are possible, the text comes back without its source."""
    sources = list(dict.fromkeys(stretch.source for stretch in stretches if stretch.source is not None))
    unknown = set(sources[MAX_SOURCES:])
    return [stretch._replace(source=_UNKNOWN) if stretch.source in unknown else stretch for stretch in stretches]


def _provenance(past: DocumentState, source: int) -> dict[str, Any]:
    if source == _UNKNOWN:
        return {"revision_restored": past.revision}
    return restored_from(past.attribution.sources[source], past.revision)


def _changes(stretches: Sequence[Stretch], ranks: dict[int, int], present_rank: int) -> ChangeSet:
    """Inserts the text of one source, where that of the sources before it is there already. The first one deletes."""
    builder = SectionBuilder()
    follows_deletion = False
    for kind, text, source in stretches:
        rank = -1 if source is None else ranks[source]
        if kind == "deleted" and present_rank == 0:
            builder.add(utf16.length(text), "")
        elif kind == "inserted" and rank == present_rank:
            builder.add(0, text, join=follows_deletion)
        elif kind == "kept" or (kind == "inserted" and rank < present_rank):
            builder.add(utf16.length(text), None)
        follows_deletion = kind == "deleted" and present_rank == 0
    return ChangeSet(builder.build())

"""Update rows: made of an edit, credited as the source of their text, told to browsers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from webapp.collab.attribution import Byline, Piece, Source
from webapp.collab.changes import ChangeSet
from webapp.collab.edits import Edit, IncomingUpdate
from webapp.models import Update

# In a provenance: where the stretches of a copy come from.
COPIED: Final = "copied"


@dataclass(frozen=True, slots=True)
class CommittedUpdate:
    """`changes` is in JSON form, for the revision before `revision`; `at` is in ISO 8601."""

    revision: int
    session_id: str
    number: int
    author: Byline
    changes: list[Any]
    origin: str
    provenance: dict[str, Any] | None
    at: str

    @classmethod
    def of(cls, row: Update) -> Self:
        return cls(
            revision=row.revision,
            session_id=row.session_id,
            number=row.number,
            author=Byline(row.author_name, row.author_color),
            changes=row.changes,
            origin=row.origin,
            provenance=row.provenance,
            at=row.created_at.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class RecentUpdate:
    """An update of which all is kept at hand: others are moved over it, and sockets are told of it."""

    committed: CommittedUpdate
    change_set: ChangeSet

    @property
    def session_id(self) -> str:
        return self.committed.session_id


def new_row(edit: Edit, update: IncomingUpdate, revision: int, number: int, at: datetime) -> Update:
    return Update(
        document_id=edit.document_id,
        revision=revision,
        session_id=edit.session_id,
        number=number,
        author_name=edit.author.name,
        author_color=edit.author.color,
        browser_id=edit.author.browser_id,
        user_id=edit.author.user_id,
        origin=update.origin,
        changes=update.changes.to_json(),
        provenance=update.provenance,
        created_at=at,
    )


def source_of(update: CommittedUpdate) -> Source:
    """What the update's text comes from, as far as it is no copy."""
    provenance = None if _copied(update) else update.provenance
    return Source(update.author, update.origin, provenance, update.at)


def pieces_of(update: CommittedUpdate) -> tuple[Piece, ...]:
    """What each stretch of a copy comes from, in order; nothing where the update tells of no copy."""
    copied = _copied(update)
    if copied is None:
        return ()
    sources = [Source.from_dict(source) for source in copied["sources"]]
    plain = source_of(update)
    return tuple(Piece(length, plain if index is None else sources[index]) for length, index in copied["runs"])


def provenance_of_copy(pieces: Sequence[tuple[int, Source | None]]) -> dict[str, Any]:
    """How an update tells of it; a stretch that is no copy has no source."""
    sources: list[Source] = []
    for _, source in pieces:
        if source is not None and source not in sources:
            sources.append(source)
    runs = [[length, None if source is None else sources.index(source)] for length, source in pieces]
    return {COPIED: {"sources": [source.to_dict() for source in sources], "runs": runs}}


def _copied(update: CommittedUpdate) -> dict[str, Any] | None:
    return (update.provenance or {}).get(COPIED)

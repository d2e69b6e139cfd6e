"""Update rows: made of an edit, credited as the source of their text, told to browsers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from webapp.collab.attribution import Byline, Source
from webapp.collab.changes import ChangeSet
from webapp.collab.edits import Edit, IncomingUpdate
from webapp.models import Update


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
    return Source(update.author, update.origin, update.provenance, update.at)

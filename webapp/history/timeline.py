"""The timeline of a document, newest first, a page at a time. Blocks on the database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from webapp.collab.attribution import Byline
from webapp.history.entries import Entry, Step, group, to_step
from webapp.models import Update

PAGE_ENTRIES: Final = 50
# A page ends after this many updates too, whatever they make: reading more would keep the reader waiting.
PAGE_UPDATES: Final = 10_000
_FIELDS: Final = ("revision", "author_name", "author_color", "origin", "provenance", "created_at", "changes")


@dataclass(frozen=True, slots=True)
class Page:
    """`before` is where the next page begins, None after the last one."""

    entries: list[Entry]
    before: int | None

    def to_dict(self) -> dict[str, Any]:
        return {"entries": [entry.to_dict() for entry in self.entries], "before": self.before}


def read_page(document_id: UUID, before: int | None = None) -> Page:
    """The newest entries that begin at revision `before` or earlier; with None the newest of all."""
    entries: list[Entry] = []
    for entry in group(_steps(document_id, before)):
        entries.append(entry)
        is_long = entries[0].last_revision - entry.first_revision >= PAGE_UPDATES
        if len(entries) == PAGE_ENTRIES or is_long:
            break
    else:
        return Page(entries, None)
    oldest = entries[-1].first_revision
    return Page(entries, oldest - 1 if oldest > 1 else None)


def entry_until(document_id: UUID, revision: int) -> Entry | None:
    """The entry that a revision is in, up to that revision; None before the first update."""
    return next(group(_steps(document_id, revision)), None)


def _steps(document_id: UUID, before: int | None) -> Iterator[Step]:
    rows = Update.objects.filter(document_id=document_id).order_by("-revision").values_list(*_FIELDS)
    if before is not None:
        rows = rows.filter(revision__lte=before)
    for revision, name, color, origin, provenance, at, changes in rows.iterator(chunk_size=500):
        author, told = Byline(name, color), provenance or {}
        asker = told.get("asker")
        asked_by = asker["name"] if asker and asker != author.to_dict() else None
        yield to_step(revision, author, origin, told.get("checkpoint"), at, changes, asked_by)

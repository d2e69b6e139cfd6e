"""Writes into documents through the authority, as tabs do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from webapp.collab import authority
from webapp.collab.authority import Author, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.models import Document, Update

ADA = Author("Ada", 1, browser_id="ada's browser")
BOB = Author("Bob", 2, browser_id="bob's browser")
PROVENANCE = {"request_id": "r1", "index": 0, "checkpoint": "gpt2", "params": {"temperature": 0.9}, "is_verified": True}


def write(
    document: Document,
    changes: list[Any],
    author: Author = ADA,
    origin: str = "typed",
    provenance: dict[str, Any] | None = None,
) -> int:
    """One update on top of all others; returns the document's revision after it."""
    revision = authority.head_revisions([document.pk])[document.pk]
    session_id = f"{author.name}'s tab"
    number = Update.objects.filter(document=document, session_id=session_id).count()
    update = IncomingUpdate(ChangeSet.from_json(changes), origin, provenance)
    head = authority.accept(document.pk, author, session_id, revision, number, [update])
    document.refresh_from_db()
    return head


def suggest(document: Document, changes: list[Any], author: Author = ADA, **facts: Any) -> int:
    return write(document, changes, author, "suggestion", {**PROVENANCE, **facts})


def spread(document: Document, begins_at: datetime, seconds: Sequence[float]) -> None:
    """Sets when each of the updates came, in seconds after `begins_at`."""
    for update, after in zip(Update.objects.filter(document=document).order_by("revision"), seconds, strict=True):
        Update.objects.filter(pk=update.pk).update(created_at=begins_at + timedelta(seconds=after))


def text_of(document: Document) -> str:
    return authority.read(document.pk).text


def told(document: Document) -> list[tuple[str, str, str]]:
    """The text in its stretches: each with its source's origin and author."""
    state = authority.read(document.pk)
    stretches, start = [], 0
    for run in state.attribution.runs:
        source = state.attribution.sources[run.source]
        stretches.append((state.text[start : start + run.length], source.origin, source.author.name))
        start += run.length
    return stretches

"""Text in documents, for tests that are not about how it came there."""

from __future__ import annotations

import uuid
from typing import Any

from webapp.collab import authority
from webapp.collab.authority import Author, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.collab.utf16 import length
from webapp.models import Document

ADA = Author("Ada", 1, browser_id="ada".ljust(32, "0"))
SUGGESTED: dict[str, Any] = {
    "request_id": "r1",
    "index": 0,
    "checkpoint": "novels-7m",
    "revision": "",
    "dtype": "float32",
    "params": {"temperature": 0.9},
    "seed": 7,
    "is_verified": True,
}


def write(document: Document, text: str, author: Author = ADA) -> None:
    """At the end, typed."""
    _append(document, text, author, "typed", None)


def suggest(document: Document, text: str, author: Author = ADA) -> None:
    """At the end, by a machine."""
    _append(document, text, author, "suggestion", SUGGESTED)


def _append(document: Document, text: str, author: Author, origin: str, provenance: dict[str, Any] | None) -> None:
    state = authority.read(document.pk)
    at = length(state.text)
    changes = ChangeSet.from_json([*([at] if at else []), [0, *text.split("\n")]])
    update = IncomingUpdate(changes, origin, provenance)
    authority.accept(document.pk, author, uuid.uuid4().hex, state.revision, 0, [update])

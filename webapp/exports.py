"""A document as a file: plain text, Markdown, a page with machine-written words marked, JSON with all that is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from django.template.loader import render_to_string

from webapp.collab.authority import CommittedUpdate
from webapp.collab.states import DocumentState
from webapp.marked_text import machine_share, marked_paragraphs
from webapp.models import Document
from webapp.paragraphs import title_of

FORMAT: Final = "inkling-document"
VERSION: Final = 1


def export_text(document: Document, state: DocumentState) -> str:
    """As it was written. Markdown is what the writer made it, so that file is the same."""
    return state.text


def export_html(document: Document, state: DocumentState) -> str:
    attribution = state.attribution.to_dict()
    context = {
        "title": title_of(document.title, state.text),
        "paragraphs": marked_paragraphs(state.text, attribution),
        "machine_share": machine_share(attribution),
    }
    return render_to_string("export.html", context)


def export_json(document: Document, state: DocumentState) -> str:
    """`runs` are [UTF-16 units, index into sources]; `updates` are those that are kept, as CodeMirror's ChangeSets."""
    attribution = state.attribution.to_dict()
    content = {
        "format": FORMAT,
        "version": VERSION,
        "title": title_of(document.title, state.text),
        "created_at": document.created_at.isoformat(),
        "updated_at": document.updated_at.isoformat(),
        "revision": state.revision,
        "text": state.text,
        "machine_share_percent": machine_share(attribution),
        "attribution": attribution,
        "updates": [describe(update) for update in updates_of(document, state.revision)],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def updates_of(document: Document, revision: int) -> list[CommittedUpdate]:
    rows = document.updates.filter(revision__lte=revision).order_by("revision")
    return [CommittedUpdate.of(row) for row in rows]


def describe(update: CommittedUpdate) -> dict[str, Any]:
    """Without the tab's name, which is nobody's business."""
    return {
        "revision": update.revision,
        "author": update.author.to_dict(),
        "origin": update.origin,
        "provenance": update.provenance,
        "at": update.at,
        "changes": update.changes,
    }


EXPORTS: Final[dict[str, tuple[str, Callable[[Document, DocumentState], str]]]] = {
    "txt": ("text/plain; charset=utf-8", export_text),
    "md": ("text/markdown; charset=utf-8", export_text),
    "html": ("text/html; charset=utf-8", export_html),
    "json": ("application/json", export_json),
}
# Readers get the words and what wrote them; drafts that were deleted are the writers'.
FOR_READERS: Final = frozenset({"txt", "md", "html"})

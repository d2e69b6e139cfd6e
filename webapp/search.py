"""Lists and searches somebody's documents, by title and text. What is searched is made when somebody looks."""

from __future__ import annotations

import re

from django.db.models import F, Q

from webapp.collab import authority
from webapp.models import Document, SearchEntry
from webapp.models.document import DocumentQuerySet
from webapp.paragraphs import title_of

# Reading a long document takes milliseconds; what was written in more of them since the last look is listed as it was.
MAX_REFRESHED = 200
SNIPPET_LENGTH = 90


def listed(documents: DocumentQuerySet) -> DocumentQuerySet:
    """The newest first, each with its `search_entry`."""
    refresh(documents)
    return documents.select_related("search_entry").order_by("-updated_at", "pk")


def found(documents: DocumentQuerySet, query: str) -> DocumentQuerySet:
    """Those with the query in their title or text, in whatever case it is written."""
    # Django's own icontains knows only ASCII's cases on SQLite; its regular expressions are Python's there.
    pattern = re.escape(query)
    return documents.filter(Q(title__iregex=pattern) | Q(search_entry__text__iregex=pattern))


def refresh(documents: DocumentQuerySet) -> None:
    stale = documents.exclude(search_entry__revision=F("revision")) | documents.filter(search_entry=None)
    for document in stale.order_by("-updated_at")[:MAX_REFRESHED]:
        SearchEntry.objects.update_or_create(document=document, defaults=entry_of(document))


def entry_of(document: Document) -> dict[str, object]:
    state = authority.read(document.pk)
    words = len(state.text.split())
    return {
        "revision": state.revision,
        "first_line": title_of("", state.text),
        "num_words": words,
        "text": state.text,
    }


def snippet(text: str, query: str) -> str:
    """The words around the first place where the query stands; nothing where it does not."""
    place = re.search(re.escape(query), text, re.IGNORECASE) if query else None
    if place is None:
        return ""
    start = max(0, place.start() - SNIPPET_LENGTH // 3)
    words = " ".join(text[start : start + SNIPPET_LENGTH].split())
    return f"{'…' if start else ''}{words}{'…' if start + SNIPPET_LENGTH < len(text) else ''}"

"""The page for those who may read: the text itself, which needs no script; with scripts it follows the writers.

What machines wrote is marked, whether the owner would like it or not: a reader is who must know.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from webapp.access import Access
from webapp.collab import authority
from webapp.exports import FOR_READERS
from webapp.marked_text import machine_share, marked_paragraphs
from webapp.paragraphs import title_of


def reading_page(request: HttpRequest, allowed: Access, socket_url: str, share_id: UUID) -> HttpResponse:
    """Nothing on it tells the document's id or how to write in it."""
    state = authority.read(allowed.document.pk)
    attribution = state.attribution.to_dict()
    context = {
        "title": title_of(allowed.document.title, state.text),
        "paragraphs": marked_paragraphs(state.text, attribution),
        "machine_share": machine_share(attribution),
        "exports": [(kind, reverse("export-share", args=[share_id, kind])) for kind in sorted(FOR_READERS)],
        "duplicate_url": reverse("duplicate-share", args=[share_id]),
        "page": {"socket_url": socket_url, "title": allowed.document.title},
    }
    return render(request, "reading.html", context)

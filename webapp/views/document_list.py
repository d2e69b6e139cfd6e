"""All of one's documents: listed, searched, with the forms that act on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from webapp import browser, search
from webapp.models import Document, SearchEntry
from webapp.models.document import DocumentQuerySet
from webapp.paragraphs import UNTITLED
from webapp.search_words import snippet, wishes
from webapp.views.documents import create_document

PAGE_LENGTH = 50
MAX_QUERY_LENGTH = 200


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def documents(request: HttpRequest) -> HttpResponse:
    """GET lists them, POST begins one."""
    return create_document(request) if request.method == "POST" else list_page(request)


def list_page(request: HttpRequest, problem: str = "") -> HttpResponse:
    """`problem` says what could not be done, above the list."""
    query = request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY_LENGTH]
    own = search.listed(own_documents(request))
    page = Paginator(search.found(own, query) if query else own, PAGE_LENGTH).get_page(request.GET.get("page"))
    wanted = wishes(query)
    rows = [row_of(document, wanted) for document in page]
    context = {"page": page, "rows": rows, "query": query, "problem": problem}
    return render(request, "documents.html", context, status=400 if problem else 200)


def own_documents(request: HttpRequest) -> DocumentQuerySet:
    browser_id = browser.recognise(request.session)
    return Document.objects.owned_by(browser_id, request.user).filter(is_disabled=False)


def row_of(document: Document, wanted: Sequence[str] = ()) -> dict[str, Any]:
    # There is none yet where so many were written in that not all could be read at once.
    entry = getattr(document, "search_entry", None) or SearchEntry(first_line=UNTITLED)
    return {
        "document": document,
        "title": document.title or entry.first_line,
        "num_words": entry.num_words,
        "snippet": snippet(entry.text, list(wanted)) if wanted else [],
    }

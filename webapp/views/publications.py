"""Fixed copies at short addresses: an owner publishes and withdraws them, everybody reads them and may write on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp import access, copies
from webapp.collab import attribution, authority
from webapp.marked_text import machine_share, marked_paragraphs
from webapp.models import Publication
from webapp.paragraphs import title_of
from webapp.views.responses import SeeOther, absent_is_404


@require_http_methods(["GET", "POST"])
@never_cache
@absent_is_404
def publications(request: HttpRequest, document_id: UUID) -> HttpResponse:
    document = access.for_document(request.session, request.user, document_id).document
    if request.method == "POST":
        state = authority.read(document.pk)
        made = Publication.objects.create(
            document=document,
            title=title_of(document.title, state.text),
            byline=copies.author_of(request).name,
            text=state.text,
            attribution=attribution.compact(state.attribution).to_dict(),
        )
        return JsonResponse(describe(request, made), status=201)
    listed = document.publications.order_by("-created_at")
    return JsonResponse({"publications": [describe(request, publication) for publication in listed]})


@require_POST
@absent_is_404
def withdraw(request: HttpRequest, document_id: UUID, slug: str) -> HttpResponse:
    """Takes a copy off its address, for good. Doing it twice is no fault."""
    document = access.for_document(request.session, request.user, document_id).document
    document.publications.filter(slug=slug).delete()
    return HttpResponse(status=204)


@require_safe
def publication_page(request: HttpRequest, slug: str) -> HttpResponse:
    publication = find(slug)
    context = {
        "publication": publication,
        "paragraphs": marked_paragraphs(publication.text, publication.attribution),
        "machine_share": machine_share(publication.attribution),
        "num_words": len(publication.text.split()),
    }
    response = render(request, "publication.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    # Withdrawn is withdrawn: no cache shows it any longer.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_POST
def write_on(request: HttpRequest, slug: str) -> HttpResponse:
    """A document of the reader's own that begins with the copy, each word with the source that it had."""
    publication = find(slug)
    author = copies.author_of(request)
    copy = copies.begin_copy(author, publication.title, publication.text, publication.attribution)
    return SeeOther(reverse("document", args=[copy.pk]))


def find(slug: str) -> Publication:
    publication = Publication.objects.visible().filter(slug=slug).first()
    if publication is None:
        raise Http404("There is no such page.")
    return publication


def describe(request: HttpRequest, publication: Publication) -> dict[str, Any]:
    return {
        "slug": publication.slug,
        "url": request.build_absolute_uri(reverse("publication", args=[publication.slug])),
        "title": publication.title,
        "created_at": publication.created_at.isoformat(),
    }

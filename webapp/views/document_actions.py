"""What one does with a whole document, by plain forms: rename, duplicate, delete."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from webapp import access, copies
from webapp.access import Access
from webapp.collab import authority
from webapp.deletion import delete_document
from webapp.groups import announce_renamed
from webapp.paragraphs import title_of
from webapp.views.responses import SeeOther, absent_is_404


@require_POST
@absent_is_404
def rename(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Open tabs hear of it as of a rename by one of them."""
    allowed = access.for_document(request.session, request.user, document_id)
    title = authority.rename(allowed.document.pk, request.POST.get("title", ""))
    announce_renamed(document_id, title)
    return SeeOther(reverse("documents"))


@require_POST
@absent_is_404
def duplicate(request: HttpRequest, document_id: UUID) -> HttpResponse:
    return copy_of(request, access.for_document(request.session, request.user, document_id))


@require_POST
@absent_is_404
def duplicate_share(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """Readers may too, as of a published copy: they see the text and can select it, and so it keeps who wrote what."""
    return copy_of(request, access.for_share(request.session, share_id))


def copy_of(request: HttpRequest, allowed: Access) -> HttpResponse:
    """A document of the visitor's own. The history, with what was deleted, stays behind."""
    state = authority.read(allowed.document.pk)
    title = title_of(allowed.document.title, state.text)
    copy = copies.begin_copy(copies.author_of(request), title, state.text, state.attribution.to_dict())
    return SeeOther(reverse("document", args=[copy.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@absent_is_404
def delete(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """GET asks whether it is meant; POST does it."""
    document = access.for_document(request.session, request.user, document_id).document
    if request.method == "POST":
        delete_document(document)
        return SeeOther(reverse("documents"))
    context = {
        "document": document,
        "title": title_of(document.title, authority.read(document.pk).text),
        "num_links": document.share_links.usable().count(),
        "num_publications": document.publications.count(),
    }
    return render(request, "delete.html", context)

"""Documents: begin one, open one's own."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webapp import access, browser
from webapp.access import Access
from webapp.collab import authority
from webapp.exports import EXPORTS
from webapp.models import Document
from webapp.paragraphs import title_of
from webapp.protocol import SuggestParams
from webapp.views.checkpoints import visible_checkpoints
from webapp.views.responses import SeeOther, absent_is_404


def create_document(request: HttpRequest) -> HttpResponse:
    user = request.user if request.user.is_authenticated else None
    document = Document.objects.create(browser_id=browser.recognise(request.session), user=user)
    return SeeOther(reverse("document", args=[document.pk]))


@require_safe
@never_cache
@absent_is_404
def document_page(request: HttpRequest, document_id: UUID) -> HttpResponse:
    browser.recognise(request.session)
    allowed = access.for_document(request.session, request.user, document_id)
    return editor(request, allowed, f"/ws/documents/{document_id}/")


def copy_key(document: Document) -> str:
    """Tells the document's pages, whatever their addresses are, that copied text is their own. It leads nowhere."""
    return salted_hmac("webapp.copy_key", str(document.pk)).hexdigest()


def editor(request: HttpRequest, allowed: Access, socket_url: str, share_id: UUID | None = None) -> HttpResponse:
    """The owner's, or that of a writer by link, whose page does not know the document's id."""
    place = [allowed.document.pk] if share_id is None else None
    title = title_of(allowed.document.title, authority.read(allowed.document.pk).text)
    page: dict[str, Any] = {
        "socket_url": socket_url,
        "version": settings.STATIC_HASH,
        "title": allowed.document.title,
        "copy_key": copy_key(allowed.document),
        "can_edit": allowed.can_edit,
        "is_owner": allowed.is_owner,
        "links_url": place and reverse("links", args=place),
        "publications_url": place and reverse("publications", args=place),
        "csrf_token": get_token(request),
        "checkpoints": visible_checkpoints(request.user),
        "default_params": SuggestParams().model_dump(mode="json"),
    }
    menu = {
        "exports": exports_of("export" if share_id is None else "export-share", share_id or allowed.document.pk),
        "duplicate_url": reverse("duplicate", args=place) if place else reverse("duplicate-share", args=[share_id]),
        "delete_url": place and reverse("delete", args=place),
    }
    return render(request, "editor.html", {"page": page, "menu": menu, "title": title})


def exports_of(name: str, place: UUID) -> list[tuple[str, str]]:
    return [(kind, reverse(name, args=[place, kind])) for kind in EXPORTS]

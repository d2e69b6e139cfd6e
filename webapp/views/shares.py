"""Share links from the other side: follow one, write or read through one. The token is in no page and no log."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webapp import access, browser
from webapp.models import ShareLink
from webapp.views import secret_links
from webapp.views.documents import editor
from webapp.views.reading import reading_page
from webapp.views.responses import SeeOther, absent_is_404

# How many links one browser can have followed; the oldest is forgotten first.
MAX_GRANTS = 200


@require_safe
@never_cache
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """Puts the grant into the session and leads away from the token, which stays in no address bar or history."""
    link = ShareLink.objects.usable().with_token(token).first()
    return secret_links.follow(request, link, lambda link: grant(request, link))


def grant(request: HttpRequest, link: ShareLink) -> HttpResponse:
    link.note_use()
    grants = [grant for grant in request.session.get("shares", []) if grant != str(link.pk)]
    request.session["shares"] = [*grants, str(link.pk)][-MAX_GRANTS:]
    return SeeOther(reverse("share", args=[link.pk]))


@require_safe
@never_cache
@absent_is_404
def share_page(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """The editor for those who may write, a page to read for those who may not."""
    allowed = access.for_share(request.session, share_id)
    browser.recognise(request.session)
    ShareLink.objects.get(pk=share_id).note_use()
    show = editor if allowed.can_edit else reading_page
    response = show(request, allowed, f"/ws/shares/{share_id}/", share_id)
    response.headers["X-Robots-Tag"] = "noindex"
    return response

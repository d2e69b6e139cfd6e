"""Share links from the other side: follow one, write or read through one. The token is in no page and no log."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found

from webapp import access, browser
from webapp.miss_limits import MissLimit, address_of
from webapp.models import ShareLink
from webapp.views.documents import editor
from webapp.views.reading import reading_page
from webapp.views.responses import SeeOther, absent_is_404, too_many

# How many links one browser can have followed; the oldest is forgotten first.
MAX_GRANTS = 200
# A link's 256 bits cannot be guessed; this keeps the log readable while somebody tries.
guesses = MissLimit(20, 600)


@require_safe
@never_cache
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    """Puts the grant into the session and leads away from the token, which stays in no address bar or history."""
    response = enter(request, token)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def enter(request: HttpRequest, token: str) -> HttpResponse:
    link = ShareLink.objects.usable().with_token(token).first()
    if link is None:
        return missed(request)
    link.note_use()
    browser.recognise(request.session)
    grants = [grant for grant in request.session.get("shares", []) if grant != str(link.pk)]
    request.session["shares"] = [*grants, str(link.pk)][-MAX_GRANTS:]
    return SeeOther(reverse("share", args=[link.pk]))


def missed(request: HttpRequest) -> HttpResponse:
    address = address_of(request)
    if guesses.is_reached(address):
        return too_many(request, "Too many links from here led nowhere. Wait ten minutes, then try yours again.")
    guesses.miss(address)
    return page_not_found(request, Http404("There is no such link."))


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

"""Share links: make one, follow one, write through one. The token is in no page, no log and no table."""

import json
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.defaults import page_not_found

from webapp import access, browser
from webapp.models import ShareLink
from webapp.views.documents import editor
from webapp.views.responses import SeeOther, absent_is_404, json_error

# How many links one browser can have followed; the oldest is forgotten first.
MAX_GRANTS = 200


@require_POST
@absent_is_404
def create_link(request: HttpRequest, document_id: UUID) -> HttpResponse:
    allowed = access.for_document(request.session, request.user, document_id)
    role = read_role(request.body)
    if role not in ("view", "write"):
        return json_error(400, "bad_field", f"role is {role!r}, expected 'view' or 'write'")
    link, token = ShareLink.make(allowed.document, role)
    url = request.build_absolute_uri(reverse("follow-link", args=[token]))
    return JsonResponse({"url": url, "id": str(link.pk), "role": role}, status=201)


def read_role(body: bytes) -> object:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value.get("role") if isinstance(value, dict) else None


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
        return page_not_found(request, Http404("There is no such link."))
    browser.recognise(request.session)
    grants = [grant for grant in request.session.get("shares", []) if grant != str(link.pk)]
    request.session["shares"] = [*grants, str(link.pk)][-MAX_GRANTS:]
    return SeeOther(reverse("share", args=[link.pk]))


@require_safe
@never_cache
@absent_is_404
def share_page(request: HttpRequest, share_id: UUID) -> HttpResponse:
    allowed = access.for_share(request.session, share_id)
    browser.recognise(request.session)
    return editor(request, allowed, f"/ws/shares/{share_id}/", links_url=None)

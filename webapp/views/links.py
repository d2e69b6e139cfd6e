"""An owner's share links: make one, list them, take one back. The token is in one answer and nowhere else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from webapp import access
from webapp.access import Access
from webapp.collab.names import clean_line
from webapp.groups import announce_access_changed
from webapp.models import ShareLink
from webapp.views.responses import absent_is_404, json_error

MAX_LABEL_LENGTH = 100
# In days; none is for ever.
LIFETIMES = (None, 1, 7, 30)


@require_http_methods(["GET", "POST"])
@never_cache
@absent_is_404
def links(request: HttpRequest, document_id: UUID) -> HttpResponse:
    allowed = access.for_document(request.session, request.user, document_id)
    if request.method == "POST":
        return create_link(request, allowed)
    return JsonResponse({"links": [describe(link) for link in allowed.document.share_links.listed()]})


@require_POST
@absent_is_404
def revoke_link(request: HttpRequest, document_id: UUID, share_id: UUID) -> HttpResponse:
    """Open sockets hear of it when it is committed, and close with 4403. Taking back twice is no fault."""
    allowed = access.for_document(request.session, request.user, document_id)
    link = allowed.document.share_links.filter(pk=share_id)
    if not link.exists():
        raise access.absent()
    link.revoke()
    announce_access_changed([document_id])
    return HttpResponse(status=204)


def create_link(request: HttpRequest, allowed: Access) -> HttpResponse:
    wanted = read_object(request.body)
    problem = problem_of(wanted)
    if problem:
        return json_error(400, "bad_field", problem)
    days = wanted.get("days")
    link, token = ShareLink.make(
        allowed.document,
        wanted["role"],
        label=clean_line(wanted.get("label", ""), MAX_LABEL_LENGTH),
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    url = request.build_absolute_uri(reverse("follow-link", args=[token]))
    return JsonResponse({"url": url, **describe(link)}, status=201)


def problem_of(wanted: dict[str, Any]) -> str | None:
    role, label, days = wanted.get("role"), wanted.get("label", ""), wanted.get("days")
    if role not in ("view", "write"):
        return f"role is {role!r}, expected 'view' or 'write'"
    if not isinstance(label, str) or len(label) > MAX_LABEL_LENGTH:
        return f"label is {str(label)[:20]!r}, expected at most {MAX_LABEL_LENGTH} characters"
    if isinstance(days, bool) or days not in LIFETIMES:
        return f"days is {days!r}, expected null, 1, 7 or 30"
    return None


def read_object(body: bytes) -> dict[str, Any]:
    """What cannot be read has no fields."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def describe(link: ShareLink) -> dict[str, Any]:
    return {
        "id": str(link.pk),
        "role": link.role,
        "label": link.label,
        "created_at": link.created_at.isoformat(),
        "expires_at": link.expires_at.isoformat() if link.expires_at else None,
        "last_used_at": link.last_used_at.isoformat() if link.last_used_at else None,
    }

"""A document's history: the page, and the JSON that it fetches. For those who may write; others find nothing here.

Each view comes at two addresses, below a document's and below a share link's.
"""

import json
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from asgiref.sync import async_to_sync
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp import access, browser
from webapp.access import Access
from webapp.collab import authority
from webapp.collab.authority import Author
from webapp.document_events import announce
from webapp.errors import ClientError
from webapp.history import past, returning, timeline, versions
from webapp.tab import Tab
from webapp.views.responses import json_error

MAX_UPDATES: Final = 500
MAX_REVISION: Final = 2**53
STATUSES: Final = {"unavailable": 503, "read_only": 403, "too_many": 409}

View = Callable[..., HttpResponse]


def for_writers(view: View) -> View:
    """Hands the view the Access, where it allows to write; a ClientError becomes a JSON answer."""

    @wraps(view)
    @never_cache
    def wrapper(request: HttpRequest, **place: uuid.UUID) -> HttpResponse:
        try:
            return view(request, find_access(request, **place))
        except ClientError as error:
            if error.code == "absent":
                raise Http404(error.message) from error
            return json_error(STATUSES.get(error.code, 400), error.code, error.message)

    return wrapper


def find_access(request: HttpRequest, **place: uuid.UUID) -> Access:
    browser.recognise(request.session)
    if "share_id" in place:
        allowed = access.for_share(request.session, place["share_id"])
    else:
        allowed = access.for_document(request.session, request.user, place["document_id"])
    if not allowed.can_edit:
        raise access.absent()
    return allowed


@require_safe
@for_writers
def history_page(request: HttpRequest, allowed: Access) -> HttpResponse:
    page = {"head_revision": allowed.document.revision, "csrf_token": get_token(request)}
    return render(request, "history.html", {"page": page, "title": past.title(allowed.document)})


@require_safe
@for_writers
def entries(request: HttpRequest, allowed: Access) -> HttpResponse:
    before = number(request.GET.get("before"), "before") if "before" in request.GET else None
    page = timeline.read_page(allowed.document.pk, before)
    return JsonResponse({**page.to_dict(), "head_revision": allowed.document.revision})


@require_safe
@gzip_page
@for_writers
def text(request: HttpRequest, allowed: Access) -> HttpResponse:
    revision = number(request.GET.get("revision"), "revision")
    return JsonResponse(past.describe(allowed.document, revision))


@require_safe
@for_writers
def entry(request: HttpRequest, allowed: Access) -> HttpResponse:
    """Of a text that the browser has put together itself."""
    return JsonResponse({"entry": past.entry(allowed.document, number(request.GET.get("revision"), "revision"))})


@require_safe
@for_writers
def present(request: HttpRequest, allowed: Access) -> HttpResponse:
    """Asked every few seconds by open pages; whoever may not see the history any longer finds nothing here either."""
    document = allowed.document
    return JsonResponse({"head_revision": document.revision, "title": past.title(document)})


@require_safe
@gzip_page
@for_writers
def updates(request: HttpRequest, allowed: Access) -> HttpResponse:
    after = number(request.GET.get("after"), "after")
    found = authority.updates_since(allowed.document.pk, after, MAX_UPDATES)
    fields = ("revision", "author", "changes", "origin", "provenance", "at")
    told = [{name: getattr(update, name) for name in fields} for update in found]
    return JsonResponse({"updates": [{**each, "author": each["author"].to_dict()} for each in told]})


@require_safe
@gzip_page
@for_writers
def difference(request: HttpRequest, allowed: Access) -> HttpResponse:
    before = number(request.GET.get("from"), "from")
    after = number(request.GET.get("to"), "to")
    pieces = past.difference(allowed.document, before, after)
    return JsonResponse({"from": before, "to": after, "pieces": [list(piece) for piece in pieces]})


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
@for_writers
def named_versions(request: HttpRequest, allowed: Access) -> HttpResponse:
    if request.method == "POST":
        sent = body(request)
        named = str(sent.get("name") or "")
        versions.name_revision(
            allowed.document, author_of(request, allowed), number(sent.get("revision"), "revision"), named
        )
    elif request.method == "DELETE":
        versions.forget_name(allowed.document, number(body(request).get("revision"), "revision"))
    return JsonResponse({"versions": versions.named_versions(allowed.document)})


@require_POST
@for_writers
def restore(request: HttpRequest, allowed: Access) -> HttpResponse:
    revision = number(body(request).get("revision"), "revision")
    head = returning.restore(allowed.document, author_of(request, allowed), revision)
    async_to_sync(announce)(allowed.document.pk, {"type": "document.edited", "revision": head})
    return JsonResponse({"head_revision": head})


@require_POST
@for_writers
def continue_from(request: HttpRequest, allowed: Access) -> HttpResponse:
    revision = number(body(request).get("revision"), "revision")
    begun = returning.continue_as_new(allowed.document, author_of(request, allowed), revision)
    return JsonResponse({"url": reverse("document", args=[begun.pk])}, status=201)


def author_of(request: HttpRequest, allowed: Access) -> Author:
    """As they are in a tab of the editor."""
    return Tab.of(allowed, request.user, browser.guest_name_of(request.session), "history").author


def body(request: HttpRequest) -> dict[str, Any]:
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ClientError("bad_field", "the body is no JSON object")
    return value


def number(value: object, name: str) -> int:
    """A revision, from an address or from JSON."""
    is_number = type(value) is int or (isinstance(value, str) and value.isascii() and value.isdigit())
    if not is_number or len(str(value)) > 16 or not 0 <= int(str(value)) <= MAX_REVISION:
        raise ClientError("bad_field", f"{name} is {str(value)[:40]!r}, expected a revision")
    return int(str(value))

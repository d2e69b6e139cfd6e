"""What following any secret link does: it leads away from the token at once, and who guesses tokens is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from django.views.defaults import page_not_found

from webapp import browser
from webapp.miss_limits import MissLimit, address_of
from webapp.views.responses import too_many

# 256 bits cannot be guessed; this keeps the log readable while somebody tries.
guesses: Final = MissLimit(20, 600)

Link = TypeVar("Link")


def follow(request: HttpRequest, link: Link | None, enter: Callable[[Link], HttpResponse]) -> HttpResponse:
    """`enter` keeps the link in the session and leads on, so that the token stays in no address bar or history."""
    if link is None:
        response = missed(request)
    else:
        browser.recognise(request.session)
        response = enter(link)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def missed(request: HttpRequest) -> HttpResponse:
    address = address_of(request)
    if guesses.is_reached(address):
        return too_many(request, "Too many links from here led nowhere. Wait ten minutes, then try yours again.")
    guesses.miss(address)
    return page_not_found(request, Http404("There is no such link."))

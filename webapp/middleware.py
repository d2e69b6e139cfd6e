"""The content security policy: scripts and styles from this site only, and sockets to this host only."""

import secrets
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

Handler = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def content_security_policy(get_response: Any) -> Handler:
    """Gives every request a `style_nonce`, which CodeMirror puts on the style element that it makes."""

    async def asynchronously(request: HttpRequest) -> HttpResponseBase:
        policy = begin(request)
        return finish(await get_response(request), policy)

    def synchronously(request: HttpRequest) -> HttpResponseBase:
        policy = begin(request)
        return finish(get_response(request), policy)

    return asynchronously if iscoroutinefunction(get_response) else synchronously


def begin(request: HttpRequest) -> str:
    nonce = secrets.token_urlsafe(16)
    request.style_nonce = nonce  # type: ignore[attr-defined]
    # Not every browser counts a socket of the same host as 'self', so its origin is spelled out.
    socket_origin = f"{'wss' if request.is_secure() else 'ws'}://{request.get_host()}"
    directives = [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' 'nonce-{nonce}'",
        f"connect-src 'self' {socket_origin}",
        "img-src 'self' data:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
    return "; ".join(directives)


def finish(response: HttpResponseBase, policy: str) -> HttpResponseBase:
    response.headers.setdefault("Content-Security-Policy", policy)
    return response

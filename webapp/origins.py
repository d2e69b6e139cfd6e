"""Lets sockets in from the site's own pages only."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]


class KnownOrigins:
    """Compares a socket's Origin header with the known ones, letter by letter.

    Stricter than Channels' OriginValidator, which takes origins apart and fails on those that cannot be.
    """

    def __init__(self, application: Application, origins: Iterable[str]) -> None:
        self.application = application
        self.origins = {origin.encode() for origin in origins}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        is_known = dict(scope["headers"]).get(b"origin") in self.origins
        await (self.application if is_known else refuse)(scope, receive, send)


async def refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Closed before it was accepted, which the server answers with 403."""
    await receive()
    await send({"type": "websocket.close"})

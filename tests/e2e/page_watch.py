"""Listens to a page from its first byte: what its console says, and every frame on its sockets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import ConsoleMessage, Error, Page, WebSocket

# What the browser itself says of a server that is away.
NETWORK_ERROR = re.compile(r"net::ERR_|WebSocket connection to|Failed to load resource: the server responded with a 5")


@dataclass
class PageWatch:
    """`sent` and `received` hold the frames of all sockets, in order."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    num_sockets_opened: int = 0
    num_sockets_closed: int = 0
    problems: list[str] = field(default_factory=list)

    def follow(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", self._page_error)
        page.on("websocket", self._websocket)

    def unexpected(self, may_lose_server: bool) -> list[str]:
        """Errors of the page; those of a network that the test broke itself are none."""
        return [text for text in self.problems if not (may_lose_server and NETWORK_ERROR.search(text))]

    def received_of(self, type: str, request_id: str | None = None) -> list[dict[str, Any]]:
        return [frame for frame in self.received if frame["type"] == type and is_of(frame, request_id)]

    def sent_of(self, type: str) -> list[dict[str, Any]]:
        return [frame for frame in self.sent if frame["type"] == type]

    def continuation(self, request_id: str, index: int) -> str:
        """Its text as it came over the socket, with its spaces."""
        extensions = self.received_of("suggestion_extended", request_id)
        return "".join(frame["text"] for frame in extensions if frame["index"] == index)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def _page_error(self, error: Error) -> None:
        self.problems.append(f"uncaught: {error.stack or error.message}")

    def _websocket(self, socket: WebSocket) -> None:
        self.num_sockets_opened += 1
        socket.on("framesent", lambda text: self.sent.append(json.loads(text)))
        socket.on("framereceived", lambda text: self.received.append(json.loads(text)))
        socket.on("close", self._closed)

    def _closed(self, socket: WebSocket) -> None:
        self.num_sockets_closed += 1


def is_of(frame: dict[str, Any], request_id: str | None) -> bool:
    return request_id is None or frame.get("request_id") == request_id

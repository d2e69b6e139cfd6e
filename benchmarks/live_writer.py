"""One tab on a document's socket: writes marked words, takes in what others write, comes back after a failure.

Where it is told to, it asks for a suggestion now and then, whose end it awaits no more than a person would.

It keeps no unconfirmed text of its own. Its copy is what the server sent, in order; an edit that is not acknowledged is
sent again as it was, which the server must count once.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from benchmarks.guests import Guest

# Of writers who come back, so that they do not all come at once.
PAUSE_SECONDS = (0.05, 0.4)


@dataclass(slots=True)
class Pending:
    """The edit that is under way."""

    number: int
    revision: int
    changes: list[Any]
    marker: str


@dataclass(slots=True)
class LiveWriter:
    """`heard` is called for each update of another writer, with the session, the number and the time."""

    name: str
    guest: Guest
    addresses: list[str]  # it joins the first, and any of them when it comes back
    random: random.Random
    heard: Callable[[str, int, float], None] | None = None
    asks_every: int | None = None  # words
    session_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    revision: int | None = None
    text: str = ""
    number: int = 0
    pending: Pending | None = None
    sent_at: list[float] = field(default_factory=list)  # of each number, the first time
    acknowledged: list[str] = field(default_factory=list)
    ack_seconds: list[float] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    num_joins: int = 0
    num_suggestions: int = 0
    socket: ClientConnection | None = None

    async def stay(self) -> None:
        """Joins, and joins again whenever the connection breaks, until it is cancelled."""
        while True:
            address = self.random.choice(self.addresses) if self.num_joins else self.addresses[0]
            try:
                await self._visit(address)
            except (OSError, WebSocketException, TimeoutError):
                self.socket = None
            await asyncio.sleep(self.random.uniform(*PAUSE_SECONDS))

    async def write(self, count: int | None, seconds: float) -> None:
        """Writes so many words, one every `seconds` or when the last one is acknowledged; None goes on for ever."""
        await asyncio.sleep(self.random.uniform(0, seconds))
        while count is None or self.number < count:
            begin = time.perf_counter()
            if self.pending is None and self.socket is not None and self.revision is not None:
                await self._send_edit()
            await asyncio.sleep(max(0.0, seconds - (time.perf_counter() - begin)))

    async def _send_edit(self) -> None:
        assert self.revision is not None
        marker = f"[{self.name}-{self.number:06d}]"
        # Between two words: a marker must stay in one piece to be found again.
        found = self.text.find("]", self.random.randrange(len(self.text) + 1))
        place = found + 1
        parts = [place, [0, marker], len(self.text) - place]
        changes = [part for part in parts if part]
        self.pending = Pending(self.number, self.revision, changes, marker)
        self.sent_at.append(time.perf_counter())
        await self._send_pending()
        if self.asks_every and self.number % self.asks_every == 0:
            await self._ask()

    async def _ask(self) -> None:
        frame = {"type": "suggest", "request_id": uuid.uuid4().hex, "prompt": self.text[-500:] or "It was"}
        try:
            await self._send(frame)
        except (OSError, WebSocketException):
            self.socket = None

    async def _send_pending(self) -> None:
        if self.pending is None or self.socket is None:
            return
        update = {"changes": self.pending.changes, "origin": "typed"}
        numbers = {"revision": self.pending.revision, "first_number": self.pending.number}
        try:
            await self._send({"type": "edit", **numbers, "updates": [update]})
        except (OSError, WebSocketException):
            self.socket = None  # stay() notices too, and the edit is sent again

    async def _visit(self, address: str) -> None:
        url, headers = address.replace("http", "ws", 1) + self.guest.path, {"Cookie": self.guest.cookie}
        async with websockets.connect(
            url,
            origin=Origin(address),
            additional_headers=headers,
            local_addr=(self.guest.local_address, 0),
            compression=None,
            max_size=None,
            open_timeout=20,
            ping_interval=None,
        ) as socket:
            frame = {"type": "join", "protocol": 1, "revision": self.revision, "session_id": self.session_id}
            await socket.send(json.dumps(frame))
            async for message in socket:
                await self._take(json.loads(message), socket)

    async def _take(self, frame: dict[str, Any], socket: ClientConnection) -> None:
        match frame["type"]:
            case "welcome":
                self.socket, self.num_joins = socket, self.num_joins + 1
                if self.revision is None:
                    self.revision, self.text = frame["document"]["revision"], frame["document"]["text"] or ""
                await self._send_pending()
            case "welcome_part":
                self.text += frame["text"]
            case "document_edited":
                self._take_updates(frame)
            case "edit_refused":
                self.refusals.append(frame)
            case "suggestion_finished":
                self.num_suggestions += frame["finish_reason"] in ("stop", "length")
            case "error" if "request_id" in frame:
                pass  # no suggestion: the worker is away, or busy
            case "error" if frame["code"] == "unavailable":
                await asyncio.sleep(0.2)
                await self._send_pending()
            case "error":
                self.refusals.append(frame)

    def _take_updates(self, frame: dict[str, Any]) -> None:
        now = time.perf_counter()
        assert self.revision is not None
        assert frame["revision"] == self.revision + len(frame["updates"]), "a revision came twice or was left out"
        self.revision = frame["revision"]
        for update in frame["updates"]:
            self.text = applied(update["changes"], self.text)
            if update["session_id"] == self.session_id:
                self._acknowledge(update["number"], now)
            elif self.heard is not None:
                self.heard(update["session_id"], update["number"], now)

    def _acknowledge(self, number: int, now: float) -> None:
        assert self.pending is not None, "an edit that was never sent is acknowledged"
        assert number == self.pending.number, "an edit is acknowledged twice"
        self.acknowledged.append(self.pending.marker)
        self.ack_seconds.append(now - self.sent_at[number])
        self.pending = None
        self.number += 1

    async def _send(self, frame: dict[str, Any]) -> None:
        if self.socket is not None:
            await self.socket.send(json.dumps(frame))


def applied(changes: list[Any], text: str) -> str:
    """The text after changes in CodeMirror's JSON form. For texts without characters beyond U+FFFF only."""
    pieces, position = [], 0
    for part in changes:
        if isinstance(part, int):
            pieces.append(text[position : position + part])
            position += part
        else:
            pieces.append("\n".join(part[1:]))
            position += part[0]
    assert position == len(text), f"changes for {position} characters came to a text of {len(text)}"
    return "".join(pieces)

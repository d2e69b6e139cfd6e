"""Somebody who moves their caret about the end of a document, eight times a second, and selects now and then."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection
from websockets.typing import Origin

from benchmarks.guests import Guest

MOVE_SECONDS = 0.125
# About a window full of text, so that every caret is drawn.
NEAR = 1200


class Wanderer:
    """Keeps no text: only the revision and the length, which positions count by."""

    def __init__(self, guest: Guest, address: str, seed: int) -> None:
        self._guest, self._address = guest, address
        self._random = random.Random(seed)
        self._revision = self._length = 0

    async def wander(self) -> None:
        """Until it is cancelled."""
        async with websockets.connect(
            self._address.replace("http", "ws", 1) + self._guest.path,
            origin=Origin(self._address),
            additional_headers={"Cookie": self._guest.cookie},
            local_addr=(self._guest.local_address, 0),
            compression=None,
            max_size=None,
            ping_interval=None,
        ) as socket:
            join = {"type": "join", "protocol": 1, "revision": None, "session_id": uuid.uuid4().hex}
            await socket.send(json.dumps(join))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._move(socket))
                async for message in socket:
                    self._take(json.loads(message))

    async def _move(self, socket: ClientConnection) -> None:
        while True:
            await asyncio.sleep(MOVE_SECONDS * self._random.uniform(0.8, 1.2))
            head = self._random.randrange(max(0, self._length - NEAR), self._length + 1)
            anchor = max(0, head - 30) if self._random.random() < 0.3 else head
            caret = {"type": "caret", "revision": self._revision, "anchor": anchor, "head": head}
            await socket.send(json.dumps(caret))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self._revision = frame["document"]["revision"]
                self._length = len(frame["document"]["text"] or "")
            case "welcome_part":
                self._length += len(frame["text"])
            case "document_edited":
                self._revision = frame["revision"]
                self._length += sum(_growth(update["changes"]) for update in frame["updates"])


def _growth(changes: list[Any]) -> int:
    parts = [part for part in changes if isinstance(part, list)]
    return sum(len("\n".join(part[1:])) - part[0] for part in parts)

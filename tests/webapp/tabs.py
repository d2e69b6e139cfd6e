"""A browser's tab for tests: speaks the socket's frames as the page does, through cookie, session and routing."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from webapp.models import Document, ShareLink
from webapp.routing import websocket_urlpatterns

Frame = dict[str, Any]
TIMEOUT = 5.0


class Tab:
    def __init__(self, client: Client, target: Document | ShareLink | str, session_id: str | None = None) -> None:
        cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
        headers = [(b"cookie", f"{cookie.key}={cookie.value}".encode())] if cookie else []
        application = AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        self.communicator = WebsocketCommunicator(application, path_of(target), headers)
        self.session_id = session_id or uuid4().hex
        self.numbers = 0
        self.revision = 0
        self.length = 0
        # Frames passed over while another type was waited for.
        self.passed: list[Frame] = []

    async def open(self) -> Tab:
        is_accepted, _ = await self.communicator.connect(TIMEOUT)
        assert is_accepted
        return self

    async def join(self, revision: int | None = None) -> Frame:
        """The welcome."""
        await self.open()
        await self.send({"type": "join", "protocol": 1, "revision": revision, "session_id": self.session_id})
        welcome = await self.expect("welcome")
        self.revision = welcome["document"]["revision"]
        self.length = len(welcome["document"]["text"] or "")
        return welcome

    async def send(self, frame: Frame) -> None:
        await self.communicator.send_to(json.dumps(frame))

    async def edit(self, changes: list[Any], **update: Any) -> None:
        """Sends one update on top of the revision that the tab was told of last."""
        body = {"changes": changes, "origin": "typed", **update}
        first = self.numbers
        self.numbers += 1
        await self.send({"type": "edit", "revision": self.revision, "first_number": first, "updates": [body]})

    async def append(self, text: str, **update: Any) -> None:
        """Adds to the end, and waits for the echo."""
        await self.edit([self.length, [0, text]] if self.length else [[0, text]], **update)
        await self.expect("document_edited")

    async def receive(self) -> Frame:
        message = await self.communicator.receive_output(TIMEOUT)
        if message["type"] == "websocket.close":
            return {"type": "closed", "code": message["code"]}
        frame: Frame = json.loads(message["text"])
        if frame["type"] == "document_edited":
            self._take(frame)
        return frame

    async def expect(self, *types: str, **fields: Any) -> Frame:
        """The next frame of these types and with these fields; others are passed over."""
        while True:
            frame = await self.receive()
            if frame["type"] in types and frame.items() >= fields.items():
                return frame
            self.passed.append(frame)

    async def close_code(self) -> int:
        code: int = (await self.expect("closed"))["code"]
        return code

    async def all_frames(self) -> list[Frame]:
        """What was sent before the answer to a frame of ours, so before now."""
        await self.send({"type": "ping"})
        frames = [await self.receive()]
        while frames[-1].get("code") != "unknown_type":
            frames.append(await self.receive())
        return frames[:-1]

    async def leave(self) -> None:
        await self.communicator.disconnect(timeout=TIMEOUT)

    def _take(self, frame: Frame) -> None:
        assert frame["revision"] == self.revision + len(frame["updates"]), "a revision came twice or was left out"
        self.revision = frame["revision"]
        for update in frame["updates"]:
            for part in update["changes"]:
                if isinstance(part, list):
                    self.length += len("\n".join(part[1:])) - part[0]


def path_of(target: Document | ShareLink | str) -> str:
    match target:
        case Document():
            return f"/ws/documents/{target.pk}/"
        case ShareLink():
            return f"/ws/shares/{target.pk}/"
        case str():
            return target

"""A WebSocket of JSON frames that outlives whatever a single frame or event does to it. Knows no documents."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Any

from autobahn.exception import Disconnected
from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer

from webapp import protocol
from webapp.errors import ClientError
from webapp.protocol import ClientFrame, ServerFrame, Suggest

logger = logging.getLogger(__name__)

# A page of ours makes no errors; this many within the window are no accident.
MAX_ERRORS = 100
ERROR_WINDOW_SECONDS = 10.0
ABUSIVE = 4400
# Outside 4400-4499, so the browser comes back.
TRY_AGAIN = 4503
# Our faults rather than the browser's, which therefore do not count against it.
BLAMELESS_CODES = frozenset({"busy", "unavailable", "failed"})


class FrameSocket(AsyncConsumer):  # type: ignore[misc]
    """Subclasses have connect(), receive_frame(frame), disconnect() and a method for each event, named after it."""

    is_closed = False

    def __init__(self) -> None:
        self._errors: deque[float] = deque(maxlen=MAX_ERRORS)

    async def connect(self) -> None:
        raise NotImplementedError

    async def receive_frame(self, frame: ClientFrame) -> None:
        raise NotImplementedError

    async def disconnect(self) -> None:
        raise NotImplementedError

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Channels' own dispatch lets every message wait for the one thread that all synchronous code shares."""
        handler = getattr(self, get_handler_name(message), None)
        if handler is None:
            # Of a process with another version, perhaps.
            logger.warning("nobody handles the event %s", message["type"])
            return
        try:
            await handler(message)
        except StopConsumer:
            raise
        except ClientError as error:
            await self._event_failed(message["type"], error)
        except Exception:
            logger.exception("the event %s failed", message["type"])

    # -- the socket ------------------------------------------------------------------------------------------------

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        # Accepted before it may be refused: browsers see no close code of a socket that never opened.
        await self.base_send({"type": "websocket.accept"})
        try:
            await self.connect()
        except ClientError as error:
            await self.refuse(error)
        except Exception:
            logger.exception("a socket cannot be opened")
            await self.close(TRY_AGAIN)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self.is_closed:
            return
        frame = None
        try:
            text = message.get("text")
            frame = protocol.parse(message.get("bytes") or b"" if text is None else text)
            await self.receive_frame(frame)
        except ClientError as error:
            await self.refuse(error)
        except Exception:
            request_id = frame.request_id if isinstance(frame, Suggest) else None
            logger.exception("a frame failed: %s, request %s", frame and frame.type, request_id)
            await self.refuse(ClientError("failed", "The server failed at this; it is logged.", request_id=request_id))

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        self.is_closed = True
        try:
            await self.disconnect()
        except Exception:
            logger.exception("a socket cannot be left in order")
        raise StopConsumer

    # -- answers ---------------------------------------------------------------------------------------------------

    async def send_frame(self, frame: ServerFrame) -> None:
        await self.send_text(frame.to_json())

    async def send_text(self, text: str) -> None:
        if self.is_closed:
            return
        try:
            await self.base_send({"type": "websocket.send", "text": text})
        except Disconnected:
            # The browser went first; the message that says so is on its way to us.
            self.is_closed = True

    async def refuse(self, error: ClientError) -> None:
        await self.send_frame(protocol.Error(code=error.code, message=error.message, request_id=error.request_id))
        if error.close_code is not None:
            await self.close(error.close_code)
        elif self._is_abusive(error):
            await self.close(ABUSIVE)

    async def close(self, code: int) -> None:
        if not self.is_closed:
            self.is_closed = True
            await self.base_send({"type": "websocket.close", "code": code})

    async def _event_failed(self, kind: str, error: ClientError) -> None:
        # The browser asked for nothing, so it is told only where the socket ends.
        if error.close_code is None:
            logger.warning("the event %s is put off: %s", kind, error.message)
        else:
            await self.refuse(error)

    def _is_abusive(self, error: ClientError) -> bool:
        if error.code in BLAMELESS_CODES:
            return False
        now = time.monotonic()
        self._errors.append(now)
        return len(self._errors) == MAX_ERRORS and now - self._errors[0] < ERROR_WINDOW_SECONDS

"""Daphne's WebSocket with bounds: on the frames that it takes, and on what waits for a browser that does not read.

Daphne itself drops a connection at too long a frame, so that the browser learns no reason, and keeps what a browser
does not read in memory for as long as that one sends anything.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from daphne.ws_protocol import WebSocketProtocol

from webapp.protocol import Error

logger = logging.getLogger(__name__)

# In bytes. The longest document's welcome has some 7 MiB.
MAX_UNSENT: Final = 12 * 1024 * 1024
# So long what waits may grow without getting less, beyond what any network holds.
SLOW_BYTES: Final = 64 * 1024
SLOW_SECONDS: Final = 15.0
# Frames that came and were not looked at. A page of ours has one edit under way and a caret now and then.
MAX_UNREAD: Final = 500
# What is on its way may arrive before the close frame behind it is given up.
CLOSING_SECONDS: Final = 10.0

BAD_FRAME: Final = 4400
TOO_SLOW: Final = 4408
TOO_MANY: Final = 4429


class Backlog:
    """What waits for a browser to read, looked at now and then."""

    def __init__(self, now: float) -> None:
        self._num_unsent = 0
        self._progress_at = now

    def seconds_stuck(self, num_unsent: int, now: float) -> float:
        """How long it has only grown. Who takes long over a long document, but reads, is not stuck."""
        if num_unsent < SLOW_BYTES or num_unsent < self._num_unsent:
            self._progress_at = now
        self._num_unsent = num_unsent
        return now - self._progress_at


class BoundedSocket(WebSocketProtocol):  # type: ignore[misc]  # daphne is untyped
    """Every end is a close frame with a code that browsers see."""

    def connectionMade(self) -> None:
        super().connectionMade()
        self._backlog = Backlog(time.monotonic())

    @property
    def num_unsent(self) -> int:
        """Bytes that wait for the browser to read."""
        transport = self.transport
        num_bytes: int = len(transport.dataBuffer) - transport.offset + transport._tempDataLen
        return num_bytes

    def onOpen(self) -> None:
        super().onOpen()
        self.closeHandshakeTimeout = CLOSING_SECONDS

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.application_queue.qsize() < MAX_UNREAD:
            super().onMessage(payload, isBinary)
        else:
            self._end(TOO_MANY, "too many frames wait to be read")

    def serverSend(self, content: Any, binary: bool = False) -> None:
        if self.state == self.STATE_OPEN and self.num_unsent > MAX_UNSENT:
            self._end(TOO_SLOW, f"{self.num_unsent} bytes wait to be read")
        super().serverSend(content, binary)

    def check_timeouts(self) -> None:
        """Daphne calls it every other second."""
        super().check_timeouts()
        num_unsent = self.num_unsent
        if self._backlog.seconds_stuck(num_unsent, time.monotonic()) > SLOW_SECONDS:
            self._end(TOO_SLOW, f"{num_unsent} bytes wait to be read, and ever more")

    def _max_message_size_exceeded(self, size: int, limit: int, reason: str) -> None:
        """autobahn's hook."""
        message = f"the frame has {size} bytes or more, expected at most {limit}"
        if self.state == self.STATE_OPEN:
            self.sendMessage(Error(code="too_large", message=message).to_json().encode())
        self._end(BAD_FRAME, message)
        # The rest of the frame is still on its way, and is thrown away.
        self.failedByMe = True

    def _end(self, code: int, reason: str) -> None:
        if self.state == self.STATE_OPEN:
            logger.warning("a socket is closed with %d: %s", code, reason)
            self.sendClose(code=code)

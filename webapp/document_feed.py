"""Brings every committed update of a document to every socket here, in order, each once.

The database has the truth. Rings and the regular check only say "look"; whoever looks reads the new rows once for all
sockets of this process. What this process itself committed need not be read.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Any, Final, Protocol
from uuid import UUID

from webapp.collab import authority
from webapp.collab.authority import Committed, CommittedUpdate
from webapp.database import in_database
from webapp.edited_frames import EncodedFrame, EncodedUpdate, encode, frames_of
from webapp.errors import ClientError
from webapp.paced import Paced

logger = logging.getLogger(__name__)

READ_LIMIT: Final = 500
# Sockets that are further behind read the database themselves.
MAX_RECENT: Final = 1000
# The eye takes this for at once. Where fifty people write, it makes a fifth as many frames and rings of their edits.
PAUSE_SECONDS: Final = 0.05

# Tells the other processes how far a document is.
Ring = Callable[[UUID, int], Awaitable[None]]


class Socket(Protocol):
    """A joined tab's, as its document sees it."""

    async def send_text(self, text: str) -> None: ...

    async def dispatch(self, message: dict[str, Any]) -> None: ...


class OpenDocument:
    """One document as this process knows it: its newest updates, and the feeds that want them."""

    def __init__(self, document_id: UUID, revision: int, ring: Ring, pause: float = PAUSE_SECONDS) -> None:
        self.document_id = document_id
        self.head = revision
        self.feeds: set[DocumentFeed] = set()
        self._recent: deque[EncodedUpdate] = deque(maxlen=MAX_RECENT)
        # By the revision that they begin after; sockets are mostly at the same one.
        self._frames: dict[int, list[EncodedFrame]] = {}
        self._reading = asyncio.Lock()
        self._spreading = Paced(self._spread, pause)
        self._ring = ring
        self._committed_here = self._rung = revision

    async def heard(self, revision: int) -> None:
        """Somebody says that the document is at `revision`. What cannot be read now comes with the next look."""
        self._rung = max(self._rung, revision)
        await self._read_up_to(revision)
        self._spreading.ask()

    async def take(self, committed: Committed, to: DocumentFeed) -> None:
        """This process has committed an edit: whose it is hears of it first, and that is the acknowledgement."""
        self._append(committed.updates)
        self._committed_here = max(self._committed_here, committed.revision)
        await self._read_up_to(committed.revision)
        await to.send_new()
        self._spreading.ask()

    async def settled(self) -> None:
        """Waits until everybody here was sent what is known so far."""
        await self._spreading.done()

    async def frames_beyond(self, revision: int) -> list[EncodedFrame]:
        if revision not in self._frames:
            self._frames[revision] = frames_of(await self._updates_beyond(revision))
        return self._frames[revision]

    async def _spread(self) -> None:
        """Sends to everybody here what they have not been sent, and rings for the other processes."""
        for feed in list(self.feeds):
            await feed.send_new()
        if self._rung < self._committed_here:
            self._rung = self._committed_here
            await self._ring(self.document_id, self._rung)

    async def _read_up_to(self, revision: int) -> None:
        if self.head < revision:
            # What the writer here has met with on its way need not be read again.
            self._append(authority.remembered_updates(self.document_id, self.head))
        try:
            async with self._reading:
                while self.head < revision and await self._read_more():
                    continue
        except ClientError as error:
            logger.warning("%s cannot be read now: %s", self.document_id, error.message)

    async def _read_more(self) -> bool:
        return self._append(await self._read(self.head))

    def _append(self, updates: Sequence[CommittedUpdate]) -> bool:
        """Whether some of them are new, and next."""
        new = [update for update in updates if update.revision > self.head]
        if not new or new[0].revision != self.head + 1:
            return False
        self._recent.extend(map(encode, new))
        self._frames.clear()
        self.head = new[-1].revision
        return True

    async def _updates_beyond(self, revision: int) -> list[EncodedUpdate]:
        if self._recent and self._recent[0].revision <= revision + 1:
            # From the end, where most sockets are: looking at all of them is what would cost most of a frame.
            newest = list(islice(reversed(self._recent), self.head - revision))
            return newest[::-1]
        return [encode(each) for each in await self._read(revision)]

    async def _read(self, revision: int) -> list[CommittedUpdate]:
        return await in_database(authority.updates_since, self.document_id, revision, READ_LIMIT)


class DocumentFeed:
    """What one socket has been sent of a document."""

    def __init__(self, document: OpenDocument, revision: int, socket: Socket, session_id: str) -> None:
        self.document = document
        self.sent_revision = revision
        self.socket = socket
        self.session_id = session_id
        self._sending = asyncio.Lock()

    async def send_new(self) -> None:
        """Sends what is committed beyond `sent_revision`."""
        async with self._sending:
            try:
                while self.sent_revision < self.document.head:
                    await self._send_next()
            except ClientError as error:
                logger.warning("a socket of %s stays behind: %s", self.document.document_id, error.message)

    async def _send_next(self) -> None:
        for frame in await self.document.frames_beyond(self.sent_revision):
            await self.socket.send_text(frame.text)
            self.sent_revision = frame.revision

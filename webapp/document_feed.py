"""Brings every committed update of a document to every socket here, in order, each once.

The database has the truth. Rings and the regular check only say "look"; whoever looks reads the new rows once for all
sockets of this process.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from webapp.collab import authority
from webapp.collab.authority import CommittedUpdate
from webapp.database import in_database
from webapp.edited_frames import EncodedFrame, encode
from webapp.errors import ClientError

logger = logging.getLogger(__name__)

READ_LIMIT: Final = 500
# Sockets that are further behind read the database themselves.
MAX_RECENT: Final = 1000

SendText = Callable[[str], Awaitable[None]]


class OpenDocument:
    """One document as this process knows it: its newest updates, and the feeds that want them."""

    def __init__(self, document_id: UUID, revision: int) -> None:
        self.document_id = document_id
        self.head = revision
        self.feeds: set[DocumentFeed] = set()
        self._recent: deque[CommittedUpdate] = deque(maxlen=MAX_RECENT)
        # By the revision that they begin after; sockets are mostly at the same one.
        self._frames: dict[int, list[EncodedFrame]] = {}
        self._reading = asyncio.Lock()

    async def heard(self, revision: int) -> None:
        """Somebody says that the document is at `revision`. What cannot be read now comes with the next look."""
        try:
            async with self._reading:
                while self.head < revision and await self._read_more():
                    continue
        except ClientError as error:
            logger.warning("%s cannot be read now: %s", self.document_id, error.message)
        for feed in list(self.feeds):
            await feed.send_new()

    async def frames_beyond(self, revision: int) -> list[EncodedFrame]:
        if revision not in self._frames:
            frames = encode(await self._updates_beyond(revision))
            self._frames[revision] = frames
        return self._frames[revision]

    async def _read_more(self) -> bool:
        updates = await in_database(authority.updates_since, self.document_id, self.head, READ_LIMIT)
        if updates:
            self._recent.extend(updates)
            self._frames.clear()
            self.head = updates[-1].revision
        return bool(updates)

    async def _updates_beyond(self, revision: int) -> list[CommittedUpdate]:
        if self._recent and self._recent[0].revision <= revision + 1:
            return [update for update in self._recent if update.revision > revision]
        return await in_database(authority.updates_since, self.document_id, revision, READ_LIMIT)


class DocumentFeed:
    """What one socket has been sent of a document."""

    def __init__(self, document: OpenDocument, revision: int, send: SendText) -> None:
        self.document = document
        self.sent_revision = revision
        self._send = send
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
            await self._send(frame.text)
            self.sent_revision = frame.revision

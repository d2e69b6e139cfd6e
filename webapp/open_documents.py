"""The documents that are open in this process. Looks every two seconds for what no ring told of."""

from __future__ import annotations

import asyncio
from uuid import UUID
from weakref import WeakKeyDictionary

from webapp.collab import authority
from webapp.collab.presence import presence
from webapp.database import in_database
from webapp.document_events import DocumentEvents, announce, announce_all
from webapp.document_feed import DocumentFeed, OpenDocument, Socket
from webapp.periodic import Periodic

CHECK_SECONDS = 2.0


class OpenDocuments:
    def __init__(self, check_seconds: float = CHECK_SECONDS) -> None:
        self._documents: dict[UUID, OpenDocument] = {}
        self._events: dict[UUID, DocumentEvents] = {}
        self._periodic = Periodic(self.check, check_seconds)

    @classmethod
    def here(cls) -> OpenDocuments:
        """Those of the running event loop; a server has one."""
        return _by_loop.setdefault(asyncio.get_running_loop(), cls())

    async def open(self, document_id: UUID, revision: int, socket: Socket, session_id: str) -> DocumentFeed:
        """A feed of all that comes after `revision`."""
        is_first = document_id not in self._documents
        document = self._documents.setdefault(document_id, OpenDocument(document_id, revision, ring))
        feed = DocumentFeed(document, revision, socket, session_id)
        document.feeds.add(feed)
        self._periodic.start()
        if is_first:
            events = self._events[document_id] = DocumentEvents(document)
            await events.open()
        return feed

    async def close(self, feed: DocumentFeed) -> None:
        document = feed.document
        document.feeds.discard(feed)
        if document.feeds or self._documents.get(document.document_id) is not document:
            return
        del self._documents[document.document_id]
        events = self._events.pop(document.document_id)
        if not self._documents:
            self._periodic.stop()
        await events.close()

    async def look_at(self, *document_ids: UUID) -> None:
        """Reads how far documents are, and sends what is new."""
        heads = await in_database(authority.head_revisions, document_ids)
        for document_id, head in heads.items():
            document = self._documents.get(document_id)
            if document is not None:
                await document.heard(head)

    async def check(self) -> None:
        await self.look_at(*self._documents)
        for document_id in list(self._documents):
            await announce_all(document_id, presence.refresh(document_id))


async def ring(document_id: UUID, revision: int) -> None:
    await announce(document_id, {"type": "document.edited", "revision": revision})


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, OpenDocuments] = WeakKeyDictionary()

"""The documents that are open in this process. Looks every two seconds for what no ring told of."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer

from webapp import groups
from webapp.collab import authority
from webapp.collab.presence import presence
from webapp.database import in_database
from webapp.document_feed import DocumentFeed, OpenDocument, SendText
from webapp.periodic import Periodic

CHECK_SECONDS = 2.0


class OpenDocuments:
    def __init__(self, check_seconds: float = CHECK_SECONDS) -> None:
        self._documents: dict[UUID, OpenDocument] = {}
        self._periodic = Periodic(self.check, check_seconds)

    @classmethod
    def here(cls) -> OpenDocuments:
        """Those of the running event loop; a server has one."""
        return _by_loop.setdefault(asyncio.get_running_loop(), cls())

    def open(self, document_id: UUID, revision: int, send: SendText) -> DocumentFeed:
        """A feed of all that comes after `revision`."""
        document = self._documents.setdefault(document_id, OpenDocument(document_id, revision, ring))
        feed = DocumentFeed(document, revision, send)
        document.feeds.add(feed)
        self._periodic.start()
        return feed

    def close(self, feed: DocumentFeed) -> None:
        document = feed.document
        document.feeds.discard(feed)
        if not document.feeds:
            self._documents.pop(document.document_id, None)
        if not self._documents:
            self._periodic.stop()

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
            for event in presence.refresh(document_id):
                await announce(document_id, event)


async def announce(document_id: UUID, event: dict[str, Any]) -> None:
    """Sends an event to everybody in the document, here and in other processes."""
    await get_channel_layer().group_send(groups.of_document(document_id), event)


async def ring(document_id: UUID, revision: int) -> None:
    await announce(document_id, {"type": "document.edited", "revision": revision})


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, OpenDocuments] = WeakKeyDictionary()

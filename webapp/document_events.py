"""Hears the events of a document's group once for all its sockets in this process, and tells these in shared frames."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

from channels.layers import get_channel_layer

from webapp import groups, protocol
from webapp.collab.presence import presence
from webapp.document_feed import PAUSE_SECONDS, OpenDocument
from webapp.paced import Paced
from webapp.protocol import ServerFrame
from webapp.protocol.server_frames import Participant

logger = logging.getLogger(__name__)

Event = dict[str, Any]


class DocumentEvents:
    """Carets, comings and goings are told at a measured pace: of fifty people somebody always moves."""

    def __init__(self, document: OpenDocument, pause: float = PAUSE_SECONDS) -> None:
        self._document = document
        self._group = groups.of_document(document.document_id)
        self._carets: dict[str, Event] = {}
        self._showing_carets = Paced(self._show_carets, pause)
        self._showing_presence = Paced(self._show_presence, pause)

    async def open(self) -> None:
        self._layer = get_channel_layer()
        self._channel: str = await self._layer.new_channel()
        await self._layer.group_add(self._group, self._channel)
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        self._listening.cancel()
        await asyncio.wait([self._listening])
        await self._layer.group_discard(self._group, self._channel)

    async def _listen(self) -> None:
        while True:
            event = await self._layer.receive(self._channel)
            try:
                await self._hear(event)
            except Exception:
                logger.exception("the event %s failed", event["type"])

    async def _hear(self, event: Event) -> None:
        match event["type"]:
            case "document.edited":
                await self._document.heard(event["revision"])
            case "document.renamed":
                await self._send_to_all(protocol.Renamed(title=event["title"]))
            case "presence.changed":
                await announce_all(self._document.document_id, presence.hear(event))
                self._showing_presence.ask()
            case "caret.moved":
                presence.hear(event)
                self._carets[event["session_id"]] = event
                self._showing_carets.ask()
            case "waiting.changed":
                presence.hear(event)
                told = {name: event[name] for name in ("session_id", "is_waiting")}
                await self._send_to_all(protocol.WaitingChanged(**told))
            case _:
                # Each socket has an answer of its own, some after a look into the database.
                await asyncio.gather(*(feed.socket.dispatch(event) for feed in list(self._document.feeds)))

    async def _show_presence(self) -> None:
        await self._send_to_all(protocol.Presence(participants=participants(self._document.document_id)))

    async def _show_carets(self) -> None:
        """To everybody but those whose they are, each where it is now."""
        carets, self._carets = self._carets, {}
        for session_id, event in carets.items():
            told = {name: event[name] for name in ("session_id", "revision", "anchor", "head")}
            await self._send_to_all(protocol.CaretMoved(**told), but=session_id)

    async def _send_to_all(self, frame: ServerFrame, but: str | None = None) -> None:
        text = frame.to_json()
        for feed in list(self._document.feeds):
            if feed.session_id != but:
                await feed.socket.send_text(text)


def participants(document_id: UUID) -> list[Participant]:
    """Everyone in the document, as a frame tells them."""
    return [Participant.model_validate(each.to_dict()) for each in presence.participants(document_id)]


async def announce(document_id: UUID, event: Event) -> None:
    """Sends an event to everybody in the document, here and in other processes."""
    await get_channel_layer().group_send(groups.of_document(document_id), event)


async def announce_all(document_id: UUID, events: list[Event]) -> None:
    for event in events:
        await announce(document_id, event)

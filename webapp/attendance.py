"""One tab's presence in its document: tells the others who it is, where its caret is, whether it waits.

All of it is set by the server: nobody else's, and nothing that a browser claims of itself but its caret.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from webapp import protocol
from webapp.collab import presence as presences
from webapp.collab.presence import presence
from webapp.document_events import announce_all, participants
from webapp.paced import Paced
from webapp.protocol.server_frames import Participant

# Who has suggestions while typing begins and ends a request with each key; the others need not see each.
WAITING_PAUSE_SECONDS: Final = 0.5


class Attendance:
    """`connection` is the channel of the tab's socket."""

    def __init__(self, document_id: UUID, connection: str) -> None:
        self._document_id = document_id
        self._connection = connection
        self._is_waiting = False
        self._waiting = Paced(self._tell_waiting, WAITING_PAUSE_SECONDS)

    @property
    def participants(self) -> list[Participant]:
        """Everyone in the document, this tab included."""
        return participants(self._document_id)

    async def leave(self) -> None:
        """Safe where it never joined."""
        await self.announce(presence.leave(self._document_id, self._connection))

    async def move_caret(self, frame: protocol.Caret) -> None:
        caret = presences.Caret(frame.revision, frame.anchor, frame.head)
        await self.announce(presence.move_caret(self._document_id, self._connection, caret))

    async def rename(self, name: str) -> None:
        await self.announce(presence.rename(self._document_id, self._connection, name))

    def wait(self, is_waiting: bool) -> None:
        """Told soon, and not for every request of a hundred."""
        self._is_waiting = is_waiting
        self._waiting.ask()

    async def announce(self, events: list[dict[str, Any]]) -> None:
        await announce_all(self._document_id, events)

    async def _tell_waiting(self) -> None:
        await self.announce(presence.wait(self._document_id, self._connection, self._is_waiting))

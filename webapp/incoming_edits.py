"""An "edit" frame on its way to the authority: what it claims to be is compared with what is known.

A suggestion with what was suggested, a copy with what stood in the document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from webapp.collab import authority, offers
from webapp.collab.authority import Committed, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.collab.errors import ChangeError
from webapp.collab.writer import writer
from webapp.copied_text import find_copies
from webapp.database import in_database
from webapp.errors import ClientError
from webapp.protocol import Edit
from webapp.protocol.client_frames import EditUpdate
from webapp.remembered_suggestions import UNKNOWN, Asker, Provenance, remembered
from webapp.tab import Tab

# Some milliseconds of reading; a keystroke has three parts.
MAX_PARTS_AT_ONCE: Final = 1000


async def find_provenances(document_id: UUID, frame: Edit, tab: Tab) -> list[Provenance | None]:
    """For each update of the frame what the server itself knows of its text; None where it claims nothing."""
    known = [
        await _provenance(document_id, update, tab.asker) if update.origin == "suggestion" else None
        for update in frame.updates
    ]
    if all(update.copied_from is None for update in frame.updates):
        return known
    try:
        return await in_database(find_copies, document_id, tab, frame, known)
    except ChangeError as error:
        raise _unreadable(error) from error


async def _provenance(document_id: UUID, update: EditUpdate, asker: Asker) -> Provenance:
    inserted = _inserted(update.changes)
    if update.offer_id is None:
        return await remembered.provenance(asker, update.request_id, update.index, inserted)
    offer_id = UUID(update.offer_id)
    known = await in_database(offers.provenance_of, document_id, offer_id, asker.browser_id, inserted)
    return known or {**UNKNOWN, "offer_id": update.offer_id}


async def accept(document_id: UUID, tab: Tab, frame: Edit, provenances: Sequence[Provenance | None]) -> Committed:
    """Waits until the edit is committed; raises the authority's ClientErrors."""
    updates = await _read_updates(frame, provenances)
    edit = authority.Edit(document_id, tab.author, tab.session_id, frame.revision, frame.first_number, updates)
    return await asyncio.wrap_future(writer.submit(edit))


async def _read_updates(frame: Edit, provenances: Sequence[Provenance | None]) -> list[IncomingUpdate]:
    """Beside the event loop where it takes long."""
    num_parts = sum(len(update.changes) for update in frame.updates)
    if num_parts > MAX_PARTS_AT_ONCE:
        return await asyncio.to_thread(_updates, frame, provenances)
    return _updates(frame, provenances)


def _updates(frame: Edit, provenances: Sequence[Provenance | None]) -> list[IncomingUpdate]:
    try:
        return [
            IncomingUpdate(ChangeSet.from_json(update.changes), update.origin, provenance)
            for update, provenance in zip(frame.updates, provenances, strict=True)
        ]
    except ChangeError as error:
        raise _unreadable(error) from error


def _unreadable(error: ChangeError) -> ClientError:
    return ClientError("invalid_changes", f"changes cannot be read: {error}")


def _inserted(changes: list[Any]) -> str:
    """The text that goes in, where it is in one place, as a suggestion's is. Nothing is checked yet."""
    lines = [part[1:] for part in changes if isinstance(part, list) and len(part) > 1]
    if len(lines) != 1 or not all(isinstance(line, str) for line in lines[0]):
        return ""
    return "\n".join(lines[0])

"""An "edit" frame on its way to the authority: claims to be a suggestion are compared with what was suggested."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from webapp.collab import authority
from webapp.collab.authority import IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.collab.errors import ChangeError
from webapp.errors import ClientError
from webapp.protocol import Edit
from webapp.remembered_suggestions import Asker, Provenance, remembered
from webapp.tab import Tab


async def find_provenances(frame: Edit, asker: Asker) -> list[Provenance | None]:
    """For each update of the frame what the server itself knows of its suggestion, None where it claims none."""
    return [
        await remembered.provenance(asker, update.request_id, update.index, _inserted(update.changes))
        if update.origin == "suggestion"
        else None
        for update in frame.updates
    ]


def accept(document_id: UUID, tab: Tab, frame: Edit, provenances: Sequence[Provenance | None]) -> int:
    """The document's revision after the edit. Blocks on the database; raises the authority's ClientErrors."""
    try:
        changes = [ChangeSet.from_json(update.changes) for update in frame.updates]
    except ChangeError as error:
        raise ClientError("invalid_changes", f"changes cannot be read: {error}") from error
    updates = [
        IncomingUpdate(each, update.origin, provenance)
        for each, update, provenance in zip(changes, frame.updates, provenances, strict=True)
    ]
    return authority.accept(document_id, tab.author, tab.session_id, frame.revision, frame.first_number, updates)


def _inserted(changes: list[Any]) -> str:
    """The text that goes in, where it is in one place, as a suggestion's is. Nothing is checked yet."""
    lines = [part[1:] for part in changes if isinstance(part, list) and len(part) > 1]
    if len(lines) != 1 or not all(isinstance(line, str) for line in lines[0]):
        return ""
    return "\n".join(lines[0])

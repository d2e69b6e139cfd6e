"""An "edit" frame as the authority takes it: changes are read, claims to be a suggestion are compared with those."""

from __future__ import annotations

from webapp.collab.authority import IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.collab.errors import ChangeError
from webapp.errors import ClientError
from webapp.protocol import Edit
from webapp.protocol.client_frames import EditUpdate
from webapp.remembered_suggestions import Asker, Provenance, remembered


async def read_updates(frame: Edit, asker: Asker) -> list[IncomingUpdate]:
    """Raises ClientError "invalid_changes"."""
    return [await _read(update, asker) for update in frame.updates]


async def _read(update: EditUpdate, asker: Asker) -> IncomingUpdate:
    try:
        changes = ChangeSet.from_json(update.changes)
    except ChangeError as error:
        raise ClientError("invalid_changes", f"changes cannot be read: {error}") from error
    return IncomingUpdate(changes, update.origin, await _provenance(update, changes, asker))


async def _provenance(update: EditUpdate, changes: ChangeSet, asker: Asker) -> Provenance | None:
    if update.origin != "suggestion":
        return None
    inserted = [section.inserted for section in changes.sections if section.inserted]
    # A suggestion goes in at one place.
    text = inserted[0] if len(inserted) == 1 else ""
    return await remembered.provenance(asker, update.request_id, update.index, text)

"""An edit as it arrives, and its way over everything that was accepted meanwhile. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import UUID

from webapp.collab.changes import ChangeSet
from webapp.errors import ClientError


@dataclass(frozen=True, slots=True)
class Author:
    """Who sends an edit, as the server knows them; nothing of it comes from the edit itself."""

    name: str
    color: int
    browser_id: str
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class IncomingUpdate:
    """`provenance` is what the server itself knows of the suggestion that was accepted, None for other origins."""

    changes: ChangeSet
    origin: str
    provenance: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Updates of one session, each on top of the one before, the first on the document's `revision`.

    A session numbers its updates from 0; `first_number` is the first one's.
    """

    document_id: UUID
    author: Author
    session_id: str
    revision: int
    first_number: int
    updates: Sequence[IncomingUpdate]


class Accepted(Protocol):
    """What moving needs to know of an update that was accepted after an edit's revision."""

    @property
    def session_id(self) -> str: ...

    @property
    def change_set(self) -> ChangeSet: ...


def move_to_head(edit: Edit, since: Sequence[Accepted], num_accepted: int) -> list[IncomingUpdate]:
    """Those of the edit's updates that are new, moved over `since`, which is all that was accepted after its revision.

    `num_accepted` counts the session's updates that were ever accepted. Raises ClientError "gap", and ChangeError
    where lengths do not fit.
    """
    num_own = sum(accepted.session_id == edit.session_id for accepted in since)
    num_before = num_accepted - num_own  # those that the edit's revision holds
    if edit.first_number > num_before:
        raise ClientError(
            "gap",
            f"first_number is {edit.first_number}, expected at most {num_before}: "
            f"revision {edit.revision} holds {num_before} updates of this session",
        )
    pending = list(edit.updates[num_before - edit.first_number :])
    changes = [update.changes for update in pending]
    for accepted in since:
        if accepted.session_id == edit.session_id:
            # This is the first pending update itself, sent again; the others stand on it already.
            del pending[:1], changes[:1]
        else:
            changes = _moved(changes, accepted.change_set)
    return [replace(update, changes=each) for update, each in zip(pending, changes, strict=True)]


def _moved(changes: Sequence[ChangeSet], over: ChangeSet) -> list[ChangeSet]:
    # One accepted update at a time, as the browsers do: over a composition of several the outcome can differ.
    moved = []
    for number, each in enumerate(changes, 1):
        moved.append(each.map(over))
        if number < len(changes):
            over = over.map(each, before=True)
    return moved

"""Committed updates as "document_edited" frames, none of them too long. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from webapp.collab.authority import CommittedUpdate
from webapp.protocol import MAX_FRAME_BYTES, DocumentEdited
from webapp.protocol.server_frames import Author, EditedUpdate


@dataclass(frozen=True, slots=True)
class EncodedUpdate:
    """One update in JSON. It is encoded once for all sockets and all frames that hold it."""

    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """`revision` is the document's after the frame."""

    revision: int
    text: str


def encode(update: CommittedUpdate) -> EncodedUpdate:
    told = EditedUpdate(
        session_id=update.session_id,
        number=update.number,
        author=Author(name=update.author.name, color=update.author.color),
        changes=update.changes,
        origin=update.origin,
        provenance=update.provenance,
        at=update.at,
    )
    return EncodedUpdate(update.revision, told.model_dump_json())


def frames_of(updates: Iterable[EncodedUpdate]) -> list[EncodedFrame]:
    return [_frame(batch) for batch in _batches(updates)]


def _frame(batch: list[EncodedUpdate]) -> EncodedFrame:
    revision = batch[-1].revision
    without_updates = DocumentEdited(revision=revision, updates=[]).to_json()
    updates = ",".join(update.text for update in batch)
    return EncodedFrame(revision, without_updates.replace('"updates":[]', f'"updates":[{updates}]'))


def _batches(updates: Iterable[EncodedUpdate]) -> Iterator[list[EncodedUpdate]]:
    batch: list[EncodedUpdate] = []
    num_characters = 0
    for update in updates:
        size = len(update.text)
        # A character takes up to three bytes here, so frames stay below the limit or hold a single update.
        if batch and 3 * (num_characters + size) > MAX_FRAME_BYTES:
            yield batch
            batch, num_characters = [], 0
        batch.append(update)
        num_characters += size
    if batch:
        yield batch

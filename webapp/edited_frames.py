"""Committed updates as "document_edited" frames, none of them too long. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from webapp.collab.authority import CommittedUpdate
from webapp.protocol import MAX_FRAME_BYTES, DocumentEdited
from webapp.protocol.server_frames import EditedUpdate


@dataclass(frozen=True, slots=True)
class EncodedFrame:
    """`revision` is the document's after the frame."""

    revision: int
    text: str


def encode(updates: Iterable[CommittedUpdate]) -> list[EncodedFrame]:
    return [_frame(batch) for batch in _batches(updates)]


def _frame(batch: list[tuple[int, EditedUpdate]]) -> EncodedFrame:
    revision = batch[-1][0]
    return EncodedFrame(revision, DocumentEdited(revision=revision, updates=[told for _, told in batch]).to_json())


def _batches(updates: Iterable[CommittedUpdate]) -> Iterator[list[tuple[int, EditedUpdate]]]:
    batch: list[tuple[int, EditedUpdate]] = []
    num_characters = 0
    for update in updates:
        told = _told(update)
        # A character takes up to three bytes here, so frames stay below the limit or hold a single update.
        size = len(told.model_dump_json())
        if batch and 3 * (num_characters + size) > MAX_FRAME_BYTES:
            yield batch
            batch, num_characters = [], 0
        batch.append((update.revision, told))
        num_characters += size
    if batch:
        yield batch


def _told(update: CommittedUpdate) -> EditedUpdate:
    fields = asdict(update)
    del fields["revision"]
    return EditedUpdate(**fields)

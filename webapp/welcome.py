"""The first frames of a socket: the document as it is, in parts where it is long, or the place to go on from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from webapp import protocol
from webapp.access import Access
from webapp.collab import authority
from webapp.protocol import ServerFrame, Welcome, WelcomePart
from webapp.protocol.limits import MAX_DOCUMENT_LENGTH, MAX_EDIT_BYTES, MAX_FRAME_BYTES, MAX_PROMPT_LENGTH, PROTOCOL
from webapp.protocol.server_frames import (
    CheckpointState,
    Limits,
    Participant,
    WelcomeDocument,
    WelcomeSession,
)

# A character takes up to six bytes of JSON, so a part stays below the limit of a frame.
PART_CHARACTERS = 40_000
# A source takes a kilobyte or two at most, a run some twenty bytes.
PART_SOURCES, PART_RUNS = 100, 8_000
LIMITS = Limits(
    max_document_length=MAX_DOCUMENT_LENGTH, max_prompt_length=MAX_PROMPT_LENGTH, max_edit_bytes=MAX_EDIT_BYTES
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a joining browser is told of the text. A rejoining one has it, and gets the updates beyond `revision`."""

    revision: int
    head_revision: int
    text: str | None = None
    attribution: dict[str, Any] | None = None


def read_opening(document_id: UUID, revision: int | None) -> Opening:
    """Blocks on the database. Raises ClientError "revision_unknown" where nobody can go on from `revision`."""
    if revision is None:
        state = authority.read(document_id)
        return Opening(state.revision, state.revision, state.text, state.attribution.to_dict())
    # Refuses a revision whose successor is not there.
    authority.updates_since(document_id, revision, limit=1)
    return Opening(revision, authority.head_revisions([document_id])[document_id])


def welcome_frames(
    access: Access,
    opening: Opening,
    session: WelcomeSession,
    participants: list[Participant],
    checkpoints: list[CheckpointState],
) -> list[ServerFrame]:
    def welcome(text: str | None, attribution: dict[str, Any] | None, num_parts: int) -> Welcome:
        return Welcome(
            protocol=PROTOCOL,
            version=settings.STATIC_HASH,
            document=WelcomeDocument(
                title=access.document.title,
                revision=opening.revision,
                text=text,
                attribution=attribution,
                num_parts=num_parts,
                head_revision=opening.head_revision,
                can_edit=access.can_edit,
                can_suggest=access.can_edit,
            ),
            session=session,
            participants=participants,
            checkpoints=checkpoints,
            limits=LIMITS,
        )

    if opening.text is None or len(opening.text) <= MAX_FRAME_BYTES:
        whole = welcome(opening.text, opening.attribution, 0)
        if len(whole.to_json().encode()) <= MAX_FRAME_BYTES:
            return [whole]
    parts = list(_parts(opening.text or "", opening.attribution))
    return [welcome(None, None, len(parts)), *parts]


def _parts(text: str, attribution: dict[str, Any] | None) -> Iterator[WelcomePart]:
    pieces: list[tuple[str, dict[str, Any] | None]] = [(piece, None) for piece in _slices(text, PART_CHARACTERS)]
    if attribution is not None:
        pieces += [("", {"sources": some, "runs": []}) for some in _slices(attribution["sources"], PART_SOURCES)]
        pieces += [("", {"sources": [], "runs": some}) for some in _slices(attribution["runs"], PART_RUNS)]
    for part, (piece, credit) in enumerate(pieces):
        yield protocol.WelcomePart(part=part, text=piece, attribution=credit)


def _slices(whole: Any, length: int) -> list[Any]:
    return [whole[start : start + length] for start in range(0, len(whole), length)]

"""Claims that inserted text stood in the document before: compared with what did, and recorded with who wrote it.

A claim that cannot be proved is no fault: then the text is recorded as plainly typed or pasted. Blocks on the database.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from webapp.collab import utf16
from webapp.collab.attribution import Byline, Source
from webapp.collab.changes import ChangeSet
from webapp.collab.earlier_text import EarlierText, Found, NotThere, Place, inserted_text
from webapp.collab.errors import ChangeError
from webapp.collab.rows import COPIED, CommittedUpdate, provenance_of_copy
from webapp.collab.unavailable import answering_for_the_database
from webapp.protocol import Edit
from webapp.protocol.client_frames import CopiedStretch
from webapp.tab import Tab

logger = logging.getLogger(__name__)

# They travel with the update, each up to a kilobyte or two of its frame.
MAX_SOURCES: Final = 60
# Of all updates of a frame: a few bytes of claims must not become megabytes of rows.
MAX_SOURCES_OF_FRAME: Final = 400

Provenance = dict[str, Any]


def find_copies(
    document_id: UUID, tab: Tab, frame: Edit, known: Sequence[Provenance | None]
) -> list[Provenance | None]:
    """The provenances of the frame's updates: those that are `known`, and of copies what was found.

    Raises ChangeError where the changes cannot be read, and ClientError "unavailable" where the database cannot be.
    """
    finder = _Finder(document_id, tab, frame)
    with answering_for_the_database():
        for index, update in enumerate(frame.updates):
            copied = finder.provenance(index) if update.copied_from else None
            finder.take(index, copied or known[index])
    return [update.provenance for update in finder.taken]


class _Finder:
    """Knows the updates of the frame itself too: a later one may copy what an earlier one inserted."""

    def __init__(self, document_id: UUID, tab: Tab, frame: Edit) -> None:
        self.tab, self.frame = tab, frame
        self.earlier = EarlierText(document_id)
        self.num_sources = 0
        # As they will be, but for the moment and the revision.
        self.taken: list[CommittedUpdate] = []
        self.changes = [ChangeSet.from_json(update.changes) for update in frame.updates]

    def take(self, index: int, provenance: Provenance | None) -> None:
        author, update = self.tab.author, self.frame.updates[index]
        self.taken.append(
            CommittedUpdate(
                revision=0,
                session_id=self.tab.session_id,
                number=self.frame.first_number + index,
                author=Byline(author.name, author.color),
                changes=update.changes,
                origin=update.origin,
                provenance=provenance,
                at=timezone.now().isoformat(),
            )
        )

    def provenance(self, index: int) -> Provenance | None:
        stretches = self.frame.updates[index].copied_from or []
        text = "".join(section.inserted or "" for section in self.changes[index].sections)
        try:
            texts = utf16.cut(text, [stretch.length for stretch in stretches])
            pieces = _of_few_sources(self._pieces(stretches, texts))
        except (ChangeError, NotThere) as error:
            logger.info("a copy is recorded without its source: %s", error)
            return None
        provenance = provenance_of_copy(pieces)
        self.num_sources += len(provenance[COPIED]["sources"])
        return provenance if provenance[COPIED]["sources"] and self.num_sources <= MAX_SOURCES_OF_FRAME else None

    def _pieces(self, stretches: Sequence[CopiedStretch], texts: list[str]) -> list[tuple[int, Source | None]]:
        pieces: list[tuple[int, Source | None]] = []
        places = [place for stretch in stretches if (place := _place(stretch))]
        at_revisions = iter(self.earlier.at(places) if places else [])
        for stretch, text in zip(stretches, texts, strict=True):
            if stretch.revision is None and stretch.number is None:
                pieces.append((stretch.length, None))
                continue
            found = next(at_revisions) if stretch.number is None else self._inserted_by(stretch.number, stretch)
            if found.text != text:
                raise NotThere("another text stood there")
            pieces += found.pieces
        return pieces

    def _inserted_by(self, number: int, stretch: CopiedStretch) -> Found:
        session_id = stretch.session_id or self.tab.session_id
        place = number - self.frame.first_number
        if session_id == self.tab.session_id and 0 <= place < len(self.taken):
            found = inserted_text(self.taken[place], self.changes[place])
        else:
            found = self.earlier.inserted_by(session_id, number)
        return found.cut(stretch.position, stretch.length)


def _place(stretch: CopiedStretch) -> Place | None:
    if stretch.revision is None:
        return None
    return Place(stretch.revision, stretch.position, stretch.length)


def _of_few_sources(pieces: list[tuple[int, Source | None]]) -> list[tuple[int, Source | None]]:
    known: list[Source | None] = []
    for _, source in pieces:
        if source not in known and len(known) < MAX_SOURCES:
            known.append(source)
    return [(length, source if source in known else None) for length, source in pieces]

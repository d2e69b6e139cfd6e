"""A document's text and attribution at a revision: remembered from before, else a snapshot and what came after it."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from webapp.collab import attribution
from webapp.collab.attribution import Attribution
from webapp.collab.changes import ChangeSet
from webapp.collab.rows import CommittedUpdate, RecentUpdate, pieces_of, source_of
from webapp.errors import ClientError
from webapp.models import Snapshot, Update

# Enough for every document that is written in at one time; the text of all of them takes at most 32 MB.
MAX_DOCUMENTS: Final = 256
MAX_CHARACTERS: Final = 8_000_000
# What fifty writers accept in a second, and a little.
MAX_RECENT: Final = 128
MAX_MARKS: Final = 128  # sessions
MAX_REMEMBERED_SIZE: Final = 2000  # sections and characters of one of them


class Mark(NamedTuple):
    """How many updates of a session were ever accepted, and whose session it is."""

    num_accepted: int
    browser_id: str


@dataclass(frozen=True, slots=True)
class DocumentState:
    revision: int = 0
    text: str = ""
    attribution: Attribution = field(default_factory=Attribution)
    # The updates that led here, as far as they are remembered: an edit that is a little late is moved over them.
    recent: tuple[RecentUpdate, ...] = field(default=(), compare=False, repr=False)
    # Of the sessions that wrote last; the rows tell of the others.
    marks: Mapping[str, Mark] = field(default_factory=dict, compare=False, repr=False)

    def after(self, update: CommittedUpdate, changes: ChangeSet, browser_id: str) -> "DocumentState":
        """The state one revision later; raises ChangeError where the changes do not fit."""
        text = changes.apply(self.text)
        recent = (*self.recent[1 - MAX_RECENT :], RecentUpdate(update, changes)) if _is_small(changes) else ()
        credit = attribution.apply(self.attribution, changes, source_of(update), pieces_of(update))
        mark = Mark(update.number + 1, browser_id)
        return DocumentState(self.revision + 1, text, credit, recent, self._marked(update.session_id, mark))

    def recent_beyond(self, revision: int) -> Sequence[RecentUpdate] | None:
        """The updates after `revision`; None where some of them are not remembered."""
        num_missed = self.revision - revision
        if not 0 <= num_missed <= len(self.recent):
            return None
        return self.recent[len(self.recent) - num_missed :]

    def _marked(self, session_id: str, mark: Mark) -> Mapping[str, Mark]:
        marks = dict(self.marks)
        # Taken out first, so that it goes in as the newest.
        marks.pop(session_id, None)
        marks[session_id] = mark
        if len(marks) > MAX_MARKS:
            del marks[next(iter(marks))]
        return marks


def _is_small(changes: ChangeSet) -> bool:
    """Whether a hundred such may be remembered of every open document."""
    num_inserted = sum(len(section.inserted or "") for section in changes.sections)
    return len(changes.sections) + num_inserted <= MAX_REMEMBERED_SIZE


class StateCache:
    """The states that were used last. They are values of committed revisions, so an old one is never wrong."""

    def __init__(self, max_documents: int = MAX_DOCUMENTS, max_characters: int = MAX_CHARACTERS) -> None:
        self._max_documents = max_documents
        self._max_characters = max_characters
        self._states: OrderedDict[UUID, DocumentState] = OrderedDict()
        self._num_characters = 0
        self._lock = threading.Lock()

    def get(self, document_id: UUID) -> DocumentState | None:
        with self._lock:
            if document_id in self._states:
                self._states.move_to_end(document_id)
            return self._states.get(document_id)

    def put(self, document_id: UUID, state: DocumentState) -> None:
        """What is newer stays: another thread may have come further meanwhile."""
        with self._lock:
            known = self._states.get(document_id)
            if known is not None and known.revision > state.revision:
                return
            self._forget(document_id)
            self._states[document_id] = state
            self._num_characters += len(state.text)
            while len(self._states) > self._max_documents or self._num_characters > self._max_characters:
                self._forget(next(iter(self._states)))

    def forget(self, document_id: UUID) -> None:
        """For a document that was deleted."""
        with self._lock:
            self._forget(document_id)

    def clear(self) -> None:
        with self._lock:
            self._states.clear()
            self._num_characters = 0

    def _forget(self, document_id: UUID) -> None:
        if state := self._states.pop(document_id, None):
            self._num_characters -= len(state.text)


cache = StateCache()


def load(document_id: UUID, revision: int) -> DocumentState:
    """The state at a revision that the document has had; ClientError "revision_unknown" where that was folded."""
    state = cache.get(document_id)
    if state is None or state.revision > revision:
        state = newest_snapshot(document_id, revision)
    if state.revision < revision:
        state = _replayed(document_id, state, revision)
    return state


def revision_unknown(revision: int, head: int) -> ClientError:
    return ClientError("revision_unknown", f"revision is {revision}, which cannot be served; the newest is {head}")


def _replayed(document_id: UUID, state: DocumentState, revision: int) -> DocumentState:
    rows = Update.objects.filter(document_id=document_id, revision__lte=revision).beyond(state.revision)
    for row in rows:
        # Of updates that were folded a few are left, with gaps between them.
        if row.revision != state.revision + 1:
            raise revision_unknown(revision, rows[len(rows) - 1].revision)
        state = state.after(CommittedUpdate.of(row), ChangeSet.from_json(row.changes), row.browser_id)
    if state.revision != revision:
        raise revision_unknown(revision, state.revision)
    return state


def newest_snapshot(document_id: UUID, revision: int) -> DocumentState:
    """The last state that was kept at or before a revision: at least the empty one of the beginning."""
    snapshots = Snapshot.objects.filter(document_id=document_id, revision__lte=revision)
    snapshot = snapshots.order_by("-revision").first()
    if snapshot is None:
        return DocumentState()
    return DocumentState(snapshot.revision, snapshot.text, Attribution.from_dict(snapshot.attribution))

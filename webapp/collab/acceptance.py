"""Accepts edits within one transaction: checks each, moves it over what came before, writes all rows in the end.

Everything about an edit is checked before anything of it is written, so a refused one leaves the transaction fit for
the others.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from django.utils import timezone

from webapp.collab import attribution, states
from webapp.collab.changes import ChangeSet
from webapp.collab.edits import Accepted, Edit, IncomingUpdate, move_to_head
from webapp.collab.errors import ChangeError
from webapp.collab.folding import thin_snapshots
from webapp.collab.rows import CommittedUpdate, RecentUpdate, new_row
from webapp.collab.states import DocumentState, Mark
from webapp.errors import ClientError
from webapp.models import Document, Snapshot, Update

MAX_LENGTH: Final = 2_000_000  # UTF-16 units
SNAPSHOT_EVERY: Final = 200  # updates
# An honest client reads what it missed before it sends. Moving an edit over more would hold up all other writers.
MAX_LATENESS: Final = 10_000  # updates
MAX_MOVES: Final = 1_000_000  # sections of the edit, times updates that it is late: about a second


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of an edit: the document's revision after it, and updates up to there, without a gap.

    They are at least the edit's own that are new; with them may come others that this process has not heard of yet.
    """

    revision: int
    updates: tuple[CommittedUpdate, ...] = ()


class Acceptance:
    """The edits of one transaction, which has their documents to itself. `states` may be kept once it is committed."""

    def __init__(self, document_ids: Iterable[UUID]) -> None:
        self.states: dict[UUID, DocumentState] = {}
        self._documents = {document.pk: document for document in _locked(document_ids)}
        self._rows: list[Update] = []

    def accept(self, edit: Edit) -> Committed:
        """`save` must follow."""
        document = self.document(edit.document_id)
        state = self.states.get(document.pk) or states.load(document.pk, document.revision)
        known_before = self._known_before(document.pk)
        num_accepted = self._num_accepted(edit, state)
        if edit.first_number + len(edit.updates) <= num_accepted:
            return Committed(state.revision)
        try:
            updates = move_to_head(edit, self._accepted_since(edit, state), num_accepted)
            state, rows = _placed(edit, state, num_accepted, updates)
        except ChangeError as error:
            raise ClientError("invalid_changes", f"The edit does not fit: {error}.") from error
        self.states[document.pk] = state
        self._rows += rows
        return Committed(state.revision, _updates_beyond(known_before, state, rows))

    def document(self, document_id: UUID) -> Document:
        """Raises ClientError where nobody can write in it."""
        document = self._documents.get(document_id)
        if document is None:
            raise absent()
        if document.is_disabled:
            raise ClientError("read_only", "This document is disabled, so nobody can edit it.")
        return document

    def save(self) -> None:
        """Writes what was accepted, and how far the documents are now, in the order in which they were locked."""
        self._write_rows()
        for document_id, document in self._documents.items():
            state = self.states.get(document_id)
            if state is None:
                continue
            if state.revision // SNAPSHOT_EVERY > document.revision // SNAPSHOT_EVERY:
                self.states[document_id] = _with_snapshot(document_id, state)
            heads = Document.objects.filter(pk=document_id)
            heads.update(revision=state.revision, updated_at=timezone.now())

    def _write_rows(self) -> None:
        Update.objects.bulk_create(self._rows)
        self._rows.clear()

    def _known_before(self, document_id: UUID) -> int | None:
        """The revision up to which this process knew the document before the edit."""
        state = self.states.get(document_id) or states.cache.get(document_id)
        return None if state is None else state.revision

    def _num_accepted(self, edit: Edit, state: DocumentState) -> int:
        """How many updates of the session were ever accepted."""
        mark = state.marks.get(edit.session_id) or self._read_mark(edit)
        if mark is None:
            return 0
        # Everybody in a document sees the others' session ids; using up their numbers would lose their next edits.
        if mark.browser_id != edit.author.browser_id:
            raise ClientError("bad_field", "session_id is another browser's, expected your own")
        return mark.num_accepted

    def _read_mark(self, edit: Edit) -> Mark | None:
        self._write_rows()
        rows = Update.objects.filter(document_id=edit.document_id, session_id=edit.session_id)
        last = rows.order_by("-number").values_list("number", "browser_id").first()
        return None if last is None else Mark(last[0] + 1, last[1])

    def _accepted_since(self, edit: Edit, state: DocumentState) -> Sequence[Accepted]:
        head = state.revision
        lateness = head - edit.revision
        num_moves = lateness * sum(len(update.changes.sections) for update in edit.updates)
        if not 0 <= lateness <= MAX_LATENESS or num_moves > MAX_MOVES:
            raise states.revision_unknown(edit.revision, head)
        recent = state.recent_beyond(edit.revision)
        return self._read_since(edit, head) if recent is None else recent

    def _read_since(self, edit: Edit, head: int) -> Sequence[Accepted]:
        self._write_rows()
        rows = list(Update.objects.filter(document_id=edit.document_id).beyond(edit.revision))
        if len(rows) != head - edit.revision:
            raise states.revision_unknown(edit.revision, head)
        return [RecentUpdate(CommittedUpdate.of(row), ChangeSet.from_json(row.changes)) for row in rows]


def _locked(document_ids: Iterable[UUID]) -> Iterable[Document]:
    """The documents, which no other transaction can edit now: by their rows' locks, on SQLite by BEGIN IMMEDIATE.

    In the order of their ids: two transactions that locked in different orders would wait for each other for ever.
    """
    return Document.objects.select_for_update().filter(pk__in=set(document_ids)).order_by("pk")


def absent() -> ClientError:
    return ClientError("absent", "There is no such document.", close_code=4404)


def _placed(
    edit: Edit, state: DocumentState, first_number: int, updates: Sequence[IncomingUpdate]
) -> tuple[DocumentState, list[Update]]:
    now, rows = timezone.now(), []
    for number, update in enumerate(updates, first_number):
        _check_length(update.changes)
        row = new_row(edit, update, state.revision + 1, number, now)
        state = state.after(CommittedUpdate.of(row), update.changes, row.browser_id)
        rows.append(row)
    return state, rows


def _updates_beyond(revision: int | None, state: DocumentState, rows: Sequence[Update]) -> tuple[CommittedUpdate, ...]:
    """All updates beyond a revision, where they are at hand; at least those of the rows, which led to the state."""
    recent = None if revision is None else state.recent_beyond(revision)
    if recent is None:
        return tuple(CommittedUpdate.of(row) for row in rows)
    return tuple(each.committed for each in recent)


def _with_snapshot(document_id: UUID, state: DocumentState) -> DocumentState:
    state = replace(state, attribution=attribution.compact(state.attribution))
    told = state.attribution.to_dict()
    Snapshot.objects.create(document_id=document_id, revision=state.revision, text=state.text, attribution=told)
    thin_snapshots(document_id, state.revision, SNAPSHOT_EVERY)
    return state


def _check_length(changes: ChangeSet) -> None:
    length = changes.length_after
    if length > MAX_LENGTH and length > changes.length_before:
        raise ClientError(
            "too_long", f"The document would have {length} characters, at most {MAX_LENGTH} are possible."
        )

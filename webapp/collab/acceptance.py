"""Accepts edits within one transaction: checks each, moves it over what came before, writes its rows.

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
from webapp.collab.rows import CommittedUpdate, new_row, source_of
from webapp.collab.states import DocumentState
from webapp.errors import ClientError
from webapp.models import Document, Snapshot, Update

MAX_LENGTH: Final = 2_000_000  # UTF-16 units
SNAPSHOT_EVERY: Final = 200  # updates
# An honest client reads what it missed before it sends. Moving an edit over more would hold up all other writers.
MAX_LATENESS: Final = 10_000  # updates
MAX_MOVES: Final = 1_000_000  # sections of the edit, times updates that it is late: about a second


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of an edit: the document's revision after it, and its updates that are new, without a gap."""

    revision: int
    updates: tuple[CommittedUpdate, ...] = ()


class Acceptance:
    """The edits of one transaction, which has their documents to itself. `states` may be kept once it is committed."""

    def __init__(self, document_ids: Iterable[UUID]) -> None:
        self.states: dict[UUID, DocumentState] = {}
        self._documents = {document.pk: document for document in _locked(document_ids)}

    def accept(self, edit: Edit) -> Committed:
        document = self.document(edit.document_id)
        state = self.states.get(document.pk) or states.load(document.pk, document.revision)
        num_accepted = _num_accepted(edit)
        if edit.first_number + len(edit.updates) <= num_accepted:
            return Committed(state.revision)
        try:
            updates = move_to_head(edit, _accepted_since(edit, state), num_accepted)
            state, rows = _placed(edit, state, num_accepted, updates)
        except ChangeError as error:
            raise ClientError("invalid_changes", f"The edit does not fit: {error}.") from error
        self.states[document.pk] = _saved(state, rows)
        return Committed(state.revision, tuple(CommittedUpdate.of(row) for row in rows))

    def document(self, document_id: UUID) -> Document:
        """Raises ClientError where nobody can write in it."""
        document = self._documents.get(document_id)
        if document is None:
            raise absent()
        if document.is_disabled:
            raise ClientError("read_only", "This document is disabled, so nobody can edit it.")
        return document

    def save_heads(self) -> None:
        """Writes how far the documents are now; once for each, in the order in which they were locked."""
        for document_id in self._documents:
            if state := self.states.get(document_id):
                heads = Document.objects.filter(pk=document_id)
                heads.update(revision=state.revision, updated_at=timezone.now())


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
        state = state.after(update.changes, source_of(row), row.session_id)
        rows.append(row)
    return state, rows


def _saved(state: DocumentState, rows: Sequence[Update]) -> DocumentState:
    Update.objects.bulk_create(rows)
    if state.revision // SNAPSHOT_EVERY == (rows[0].revision - 1) // SNAPSHOT_EVERY:
        return state
    state = replace(state, attribution=attribution.compact(state.attribution))
    told = state.attribution.to_dict()
    document_id = rows[0].document_id
    Snapshot.objects.create(document_id=document_id, revision=state.revision, text=state.text, attribution=told)
    thin_snapshots(document_id, state.revision, SNAPSHOT_EVERY)
    return state


def _num_accepted(edit: Edit) -> int:
    """How many updates of the session were ever accepted."""
    rows = Update.objects.filter(document_id=edit.document_id, session_id=edit.session_id)
    last = rows.order_by("-number").values_list("number", "browser_id").first()
    if last is None:
        return 0
    number, browser_id = last
    # Everybody in a document sees the session ids of the others; using up their numbers would lose their next edits.
    if browser_id != edit.author.browser_id:
        raise ClientError("bad_field", "session_id is another browser's, expected your own")
    return number + 1


def _accepted_since(edit: Edit, state: DocumentState) -> Sequence[Accepted]:
    head = state.revision
    lateness = head - edit.revision
    if lateness == 0:
        return []
    num_moves = lateness * sum(len(update.changes.sections) for update in edit.updates)
    if not 0 < lateness <= MAX_LATENESS or num_moves > MAX_MOVES:
        raise states.revision_unknown(edit.revision, head)
    if lateness <= len(state.recent):
        return state.recent[-lateness:]
    rows = Update.objects.filter(document_id=edit.document_id).beyond(edit.revision)
    told = rows.values_list("session_id", "changes")
    if len(told) != lateness:
        raise states.revision_unknown(edit.revision, head)
    return [Accepted(session_id, ChangeSet.from_json(changes)) for session_id, changes in told]


def _check_length(changes: ChangeSet) -> None:
    length = changes.length_after
    if length > MAX_LENGTH and length > changes.length_before:
        raise ClientError(
            "too_long", f"The document would have {length} characters, at most {MAX_LENGTH} are possible."
        )

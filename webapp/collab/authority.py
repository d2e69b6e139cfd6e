"""Puts edits in order: checks them, moves them over what came before, saves them. Knows nothing of sockets.

Revision n of a document is its text after n accepted updates. When `accept` returns, they are committed; announcing
them is the caller's. Every function blocks on the database, and raises ClientError "unavailable" where that is locked,
full or away; then nothing is changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from webapp.collab import attribution, states
from webapp.collab.changes import ChangeSet
from webapp.collab.edits import Accepted, Author, Edit, IncomingUpdate, move_to_head
from webapp.collab.errors import ChangeError
from webapp.collab.names import clean_line
from webapp.collab.rows import CommittedUpdate, new_row, source_of
from webapp.collab.states import DocumentState
from webapp.collab.unavailable import answering_for_the_database
from webapp.errors import ClientError
from webapp.models import Document, Snapshot, Update
from webapp.models.document import MAX_TITLE_LENGTH

__all__ = [
    "Author",
    "CommittedUpdate",
    "DocumentState",
    "IncomingUpdate",
    "accept",
    "head_revisions",
    "read",
    "rename",
    "updates_since",
]

MAX_LENGTH: Final = 2_000_000  # UTF-16 units
SNAPSHOT_EVERY: Final = 200  # updates
# An honest client reads what it missed before it sends. Moving an edit over more would hold up all other writers.
MAX_LATENESS: Final = 10_000  # updates
MAX_MOVES: Final = 1_000_000  # sections of the edit, times updates that it is late: about a second


def accept(
    document_id: UUID,
    author: Author,
    session_id: str,
    revision: int,
    first_number: int,
    updates: Sequence[IncomingUpdate],
) -> int:
    """Commits the updates that are new, each exactly once, and returns the document's revision after them.

    Updates of the session that were accepted before are ignored, so an edit may be sent again. Else all of it is
    refused: ClientError "absent", "read_only", "bad_field", "revision_unknown", "gap", "invalid_changes", "too_long".
    """
    edit = Edit(document_id, author, session_id, revision, first_number, updates)
    # Durable: the state may be remembered only when this is the outermost transaction, whose commit is final.
    with answering_for_the_database(), transaction.atomic(durable=True):
        state = _accept_in_transaction(edit)
    states.cache.put(document_id, state)
    return state.revision


def read(document_id: UUID) -> DocumentState:
    """The document as it is now."""
    with answering_for_the_database():
        state = states.load(document_id, _head_revision(document_id))
    states.cache.put(document_id, state)
    return state


def updates_since(document_id: UUID, revision: int, limit: int = 500) -> list[CommittedUpdate]:
    """The first `limit` updates beyond a revision; ClientError "revision_unknown" where they cannot be told."""
    with answering_for_the_database():
        rows = list(Update.objects.filter(document_id=document_id).beyond(revision)[:limit])
        head = rows[-1].revision if rows else _head_revision(document_id)
    if revision > head or (rows and rows[0].revision != revision + 1):
        raise _revision_unknown(revision, head)
    return [CommittedUpdate.of(row) for row in rows]


def head_revisions(document_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The newest revision of each of the documents that is there."""
    with answering_for_the_database():
        return dict(Document.objects.filter(pk__in=document_ids).values_list("pk", "revision"))


def rename(document_id: UUID, title: str) -> str:
    """Sets the title, without what could deceive, and returns it as it was set."""
    title = clean_line(title, MAX_TITLE_LENGTH)
    with answering_for_the_database(), transaction.atomic():
        document = _locked(document_id)
        Document.objects.filter(pk=document.pk).update(title=title, updated_at=timezone.now())
    return title


def _accept_in_transaction(edit: Edit) -> DocumentState:
    """Checks everything before it writes anything: a refused edit leaves the transaction fit for other edits."""
    document = _locked(edit.document_id)
    state = states.load(document.pk, document.revision)
    num_accepted = _num_accepted(edit)
    if edit.first_number + len(edit.updates) <= num_accepted:
        return state
    since = _accepted_since(document, edit)
    try:
        updates = move_to_head(edit, since, num_accepted)
        return _saved(edit, state, num_accepted, updates)
    except ChangeError as error:
        raise ClientError("invalid_changes", f"The edit does not fit: {error}.") from error


def _saved(edit: Edit, state: DocumentState, first_number: int, updates: Sequence[IncomingUpdate]) -> DocumentState:
    now, revision_before, rows = timezone.now(), state.revision, []
    for number, update in enumerate(updates, first_number):
        _check_length(update.changes)
        row = new_row(edit, update, state.revision + 1, number, now)
        state = state.after(update.changes, source_of(row))
        rows.append(row)
    Update.objects.bulk_create(rows)
    Document.objects.filter(pk=edit.document_id).update(revision=state.revision, updated_at=now)
    if state.revision // SNAPSHOT_EVERY > revision_before // SNAPSHOT_EVERY:
        return _with_snapshot(edit.document_id, state)
    return state


def _with_snapshot(document_id: UUID, state: DocumentState) -> DocumentState:
    state = replace(state, attribution=attribution.compact(state.attribution))
    told = state.attribution.to_dict()
    Snapshot.objects.create(document_id=document_id, revision=state.revision, text=state.text, attribution=told)
    return state


def _locked(document_id: UUID) -> Document:
    """The document, which no other transaction can edit now: by its row's lock, on SQLite by BEGIN IMMEDIATE."""
    document = Document.objects.select_for_update().filter(pk=document_id).first()
    if document is None:
        raise _absent()
    if document.is_disabled:
        raise ClientError("read_only", "This document is disabled, so nobody can edit it.")
    return document


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


def _accepted_since(document: Document, edit: Edit) -> list[Accepted]:
    lateness = document.revision - edit.revision
    if lateness == 0:
        return []
    num_moves = lateness * sum(len(update.changes.sections) for update in edit.updates)
    if not 0 < lateness <= MAX_LATENESS or num_moves > MAX_MOVES:
        raise _revision_unknown(edit.revision, document.revision)
    rows = document.updates.beyond(edit.revision).values_list("session_id", "changes")
    if len(rows) != lateness:
        raise _revision_unknown(edit.revision, document.revision)
    return [Accepted(session_id, ChangeSet.from_json(changes)) for session_id, changes in rows]


def _check_length(changes: ChangeSet) -> None:
    length = changes.length_after
    if length > MAX_LENGTH and length > changes.length_before:
        raise ClientError(
            "too_long", f"The document would have {length} characters, at most {MAX_LENGTH} are possible."
        )


def _head_revision(document_id: UUID) -> int:
    revision = Document.objects.filter(pk=document_id).values_list("revision", flat=True).first()
    if revision is None:
        raise _absent()
    return revision


def _absent() -> ClientError:
    return ClientError("absent", "There is no such document.", close_code=4404)


def _revision_unknown(revision: int, head: int) -> ClientError:
    return ClientError("revision_unknown", f"revision is {revision}, which cannot be served; the newest is {head}")

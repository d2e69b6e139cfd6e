"""Puts edits in order: checks them, moves them over what came before, saves them. Knows nothing of sockets.

Revision n of a document is its text after n accepted updates. When `accept` returns, they are committed; announcing
them is the caller's. Every function blocks on the database, and raises ClientError "unavailable" where that is locked,
full or away; then nothing is changed. Edits from sockets go through `writer`, which commits many at once.
"""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from webapp.collab import states
from webapp.collab.acceptance import (
    MAX_LENGTH,
    SNAPSHOT_EVERY,
    Acceptance,
    Committed,
    absent,
)
from webapp.collab.edits import Author, Edit, IncomingUpdate
from webapp.collab.names import clean_line
from webapp.collab.rows import CommittedUpdate
from webapp.collab.states import DocumentState
from webapp.collab.turns import taking_turns
from webapp.collab.unavailable import answering_for_the_database
from webapp.errors import ClientError
from webapp.models import Document, Update
from webapp.models.document import MAX_TITLE_LENGTH

__all__ = [
    "MAX_LENGTH",
    "SNAPSHOT_EVERY",
    "Author",
    "Committed",
    "CommittedUpdate",
    "DocumentState",
    "Edit",
    "IncomingUpdate",
    "accept",
    "accept_all",
    "accept_next",
    "head_revisions",
    "read",
    "remembered_updates",
    "rename",
    "updates_since",
]


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
    [answer] = accept_all([Edit(document_id, author, session_id, revision, first_number, updates)])
    if isinstance(answer, ClientError):
        raise answer
    return answer.revision


def accept_all(edits: Sequence[Edit]) -> list[Committed | ClientError]:
    """Does for each edit what `accept` does, all in one transaction, and returns their answers in the same order."""
    return accept_next(lambda: edits)


def accept_next(take_edits: Callable[[], Sequence[Edit]]) -> list[Committed | ClientError]:
    """`accept_all` of the edits that wait when it is this process' turn to write, and not only when it asks for it."""
    # Durable: the states may be remembered only when this is the outermost transaction, whose commit is final.
    with answering_for_the_database(), taking_turns(), transaction.atomic(durable=True):
        edits = take_edits()
        acceptance = Acceptance(edit.document_id for edit in edits)
        answers = [_answer(acceptance, edit) for edit in edits]
        acceptance.save()
    for document_id, state in acceptance.states.items():
        states.cache.put(document_id, state)
    return answers


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
    # Of updates that were folded a few are left, with gaps between them.
    if revision > head or head - revision != len(rows):
        raise states.revision_unknown(revision, head)
    return [CommittedUpdate.of(row) for row in rows]


def remembered_updates(document_id: UUID, revision: int) -> list[CommittedUpdate]:
    """Those beyond a revision that this process has met with, none where some are missing. Does not block."""
    state = states.cache.get(document_id)
    recent = None if state is None else state.recent_beyond(revision)
    return [each.committed for each in recent or ()]


def head_revisions(document_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The newest revision of each of the documents that is there."""
    with answering_for_the_database():
        return dict(Document.objects.filter(pk__in=document_ids).values_list("pk", "revision"))


def rename(document_id: UUID, title: str) -> str:
    """Sets the title, without what could deceive, and returns it as it was set."""
    title = clean_line(title, MAX_TITLE_LENGTH)
    with answering_for_the_database(), transaction.atomic():
        document = Acceptance([document_id]).document(document_id)
        Document.objects.filter(pk=document.pk).update(title=title, updated_at=timezone.now())
    return title


def _answer(acceptance: Acceptance, edit: Edit) -> Committed | ClientError:
    try:
        return acceptance.accept(edit)
    except ClientError as error:
        return error


def _head_revision(document_id: UUID) -> int:
    revision = Document.objects.filter(pk=document_id).values_list("revision", flat=True).first()
    if revision is None:
        raise absent()
    return revision

"""The ways back: an earlier text as a new edit of the document, or as a new document. Blocks on the database."""

import uuid

from django.db import transaction

from webapp.collab import authority
from webapp.collab.authority import Author
from webapp.collab.unavailable import answering_for_the_database
from webapp.history.past import state_at
from webapp.history.restoring import restoring_updates
from webapp.models import Document, Snapshot
from webapp.models.document import MAX_TITLE_LENGTH


def restore(document: Document, author: Author, revision: int) -> int:
    """Brings the text of a revision back as an edit; returns the document's revision after it.

    Whatever is written meanwhile stays. Nothing is lost: restoring the revision before undoes it.
    """
    past = state_at(document, revision)
    present = authority.read(document.pk)
    updates = restoring_updates(present, past)
    if not updates:
        return present.revision
    # A session of its own, since sessions number their updates.
    session_id = f"restore-{uuid.uuid4().hex}"
    return authority.accept(document.pk, author, session_id, present.revision, 0, updates)


def continue_as_new(document: Document, author: Author, revision: int) -> Document:
    """A document of the author's own that begins with the text and the attribution of a revision."""
    past = state_at(document, revision)
    ending = " (continued)"
    title = f"{(document.title or 'Untitled')[: MAX_TITLE_LENGTH - len(ending)]}{ending}"
    with answering_for_the_database(), transaction.atomic():
        begun = Document.objects.create(browser_id=author.browser_id, user_id=author.user_id, title=title)
        told = past.attribution.to_dict()
        Snapshot.objects.create(document=begun, revision=0, text=past.text, attribution=told)
    return begun

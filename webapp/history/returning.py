"""The ways back: an earlier text as a new edit of the document, or as a new document. Blocks on the database."""

import uuid

from webapp.collab import authority
from webapp.collab.authority import Author
from webapp.copies import begin_copy
from webapp.history.past import state_at
from webapp.history.restoring import restoring_updates
from webapp.models import Document
from webapp.paragraphs import title_of


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
    title = title_of(document.title, past.text)
    return begin_copy(author, title, past.text, past.attribution.to_dict(), ending=" (continued)")

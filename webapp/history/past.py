"""A document as it was at a revision, and what is different between two of them. Blocks on the database."""

from typing import Any

from webapp.collab import authority, states
from webapp.collab.states import DocumentState
from webapp.errors import ClientError
from webapp.history import timeline
from webapp.history.differences import Piece, compare
from webapp.models import Document
from webapp.paragraphs import title_of


def state_at(document: Document, revision: int) -> DocumentState:
    """From the nearest snapshot and what came after it. ClientError "revision_unknown" where there is none such."""
    if not 0 <= revision <= document.revision:
        raise revision_unknown(document, revision)
    return states.load(document.pk, revision)


def describe(document: Document, revision: int) -> dict[str, Any]:
    """The text and attribution at a revision, and the entry that led to it, None at the beginning."""
    state = state_at(document, revision)
    told = state.attribution.to_dict()
    return {"revision": revision, "text": state.text, "attribution": told, "entry": entry(document, revision)}


def entry(document: Document, revision: int) -> dict[str, Any] | None:
    """Up to that revision. ClientError "revision_unknown" where there is none such."""
    if not 0 <= revision <= document.revision:
        raise revision_unknown(document, revision)
    found = timeline.entry_until(document.pk, revision)
    return found.to_dict() if found else None


def title(document: Document) -> str:
    """What it is called now."""
    return title_of(document.title, authority.read(document.pk).text)


def difference(document: Document, before: int, after: int) -> list[Piece]:
    return compare(state_at(document, before).text, state_at(document, after).text)


def revision_unknown(document: Document, revision: int) -> ClientError:
    return ClientError("revision_unknown", f"revision is {revision}, expected 0 to {document.revision}")

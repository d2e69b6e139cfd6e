"""Suggestions that are offered to everybody in a document: made, taken once, withdrawn. Knows nothing of sockets.

Every function blocks on the database, which has the truth: of two who take an offer, in whichever processes, one gets
it. Raises ClientError "offer_refused" where an offer cannot be made, "offer_gone" where it is not there to be taken.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from webapp.collab import authority
from webapp.collab.acceptance import Acceptance
from webapp.collab.changes import ChangeSet
from webapp.collab.edits import Author
from webapp.collab.errors import ChangeError
from webapp.collab.surroundings import around
from webapp.collab.turns import taking_turns
from webapp.collab.unavailable import answering_for_the_database
from webapp.errors import ClientError
from webapp.models import Offer

LIFE: Final = timedelta(minutes=10)
MAX_OF_ONE: Final = 5
MAX_OF_DOCUMENT: Final = 20
# An edit that takes an offer may come late, from a tab that was offline.
KEEP: Final = timedelta(days=1)
# A tab offers on a revision that it was told of a moment ago.
MAX_LATENESS: Final = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody offers; `provenance` is verified, and `position` is of the text at `revision`."""

    text: str
    revision: int
    position: int
    provenance: dict[str, Any]


def make(document_id: UUID, author: Author, proposal: Proposal) -> Offer:
    """Also forgets all offers that ended long ago."""
    offer_id = uuid4()
    with _writing():
        document = Acceptance([document_id]).document(document_id)
        _check_bounds(document_id, author, proposal)
        position, text = _placed(document_id, proposal)
        surroundings = around(text, position)
        now = timezone.now()
        Offer.objects.filter(created_at__lt=now - KEEP).delete()
        return Offer.objects.create(
            id=offer_id,
            document=document,
            author_name=author.name,
            author_color=author.color,
            browser_id=author.browser_id,
            user_id=author.user_id,
            text=proposal.text,
            before=surroundings.before,
            after=surroundings.after,
            position=position,
            provenance=_for_everybody(proposal.provenance, author, offer_id),
            created_at=now,
            expires_at=now + LIFE,
        )


def read_open(document_id: UUID) -> list[Offer]:
    with answering_for_the_database():
        return list(Offer.objects.filter(document_id=document_id).open(timezone.now()))


def take(document_id: UUID, offer_id: UUID, taker: Author, session_id: str) -> Offer:
    """Closes the offer; the text is the taker's to insert. A tab that lost the answer may ask again."""
    with _writing():
        offer = _find(document_id, offer_id)
        if offer.outcome == Offer.Outcome.TAKEN and offer.taker_session_id == session_id:
            return offer
        _require_open(offer)
        offer.taker_browser_id, offer.taker_session_id = taker.browser_id, session_id
        return _closed(offer, Offer.Outcome.TAKEN, taker)


def withdraw(document_id: UUID, offer_id: UUID, author: Author) -> Offer:
    with _writing():
        own = Offer.objects.made_by(author.browser_id, author.user_id)
        if not own.filter(pk=offer_id, document_id=document_id).exists():
            raise ClientError("offer_gone", "There is no such offer of yours.")
        offer = _find(document_id, offer_id)
        _require_open(offer)
        return _closed(offer, Offer.Outcome.WITHDRAWN, author)


def provenance_of(document_id: UUID, offer_id: UUID, taker_browser_id: str, inserted: str) -> dict[str, Any] | None:
    """What is recorded with an edit that takes the offer; None where it is not the edit that it claims to be."""
    with answering_for_the_database():
        taken = Offer.objects.filter(document_id=document_id, outcome=Offer.Outcome.TAKEN)
        offer = taken.filter(pk=offer_id, taker_browser_id=taker_browser_id).first()
    # Elsewhere than at its place it may stand behind a space already.
    is_its_text = offer is not None and inserted in (offer.text, offer.text.lstrip())
    return offer.provenance if offer is not None and is_its_text else None


@contextmanager
def _writing() -> Iterator[None]:
    with answering_for_the_database(), taking_turns(), transaction.atomic():
        yield


def _check_bounds(document_id: UUID, author: Author, proposal: Proposal) -> None:
    offers = Offer.objects.filter(document_id=document_id).open(timezone.now())
    own = list(offers.made_by(author.browser_id, author.user_id))
    if any(each.text == proposal.text for each in own):
        raise ClientError("offer_refused", "You offer this suggestion already.")
    if len(own) >= MAX_OF_ONE:
        raise ClientError("offer_refused", f"You offer {MAX_OF_ONE} suggestions already. Withdraw one of them first.")
    if offers.count() >= MAX_OF_DOCUMENT:
        message = f"{MAX_OF_DOCUMENT} suggestions are offered here already. Offer yours when some are taken."
        raise ClientError("offer_refused", message)


def _placed(document_id: UUID, proposal: Proposal) -> tuple[int, str]:
    """Its place in the text as it is now, and that text."""
    state = authority.read(document_id)
    lateness = state.revision - proposal.revision
    if not 0 <= lateness <= MAX_LATENESS:
        raise ClientError("offer_refused", "The text has changed too much since. Ask for a new suggestion.")
    position = proposal.position
    try:
        for update in authority.updates_since(document_id, proposal.revision, limit=lateness) if lateness else []:
            position = ChangeSet.from_json(update.changes).map_position(position)
        around(state.text, position)
    except ChangeError as error:
        raise ClientError("bad_field", f"position is {proposal.position}, which is no place: {error}") from error
    return position, state.text


def _for_everybody(provenance: dict[str, Any], asker: Author, offer_id: UUID) -> dict[str, Any]:
    return {**provenance, "asker": {"name": asker.name, "color": asker.color}, "offer_id": str(offer_id)}


def _find(document_id: UUID, offer_id: UUID) -> Offer:
    offer = Offer.objects.select_for_update().filter(pk=offer_id, document_id=document_id).first()
    if offer is None:
        raise ClientError("offer_gone", "There is no such offer.")
    return offer


def _require_open(offer: Offer) -> None:
    if offer.outcome == Offer.Outcome.TAKEN:
        raise ClientError("offer_gone", f"{offer.closer_name} has taken it.")
    if offer.outcome == Offer.Outcome.WITHDRAWN:
        raise ClientError("offer_gone", f"{offer.closer_name} has withdrawn it.")
    if offer.expires_at <= timezone.now():
        raise ClientError("offer_gone", "Nobody took it in time; it is no longer offered.")


def _closed(offer: Offer, outcome: Offer.Outcome, closer: Author) -> Offer:
    offer.outcome = outcome
    offer.closer_name, offer.closer_color = closer.name, closer.color
    offer.save()
    return offer

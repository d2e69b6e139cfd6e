"""What a tab does with offers, told to all tabs of the document. The database decides; the group only hears of it.

Offers are for those who may write: a tab that may only read is never sent one.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils import timezone

from webapp import protocol
from webapp.collab import offers
from webapp.collab.offers import Proposal
from webapp.database import in_database
from webapp.document_events import announce
from webapp.errors import ClientError
from webapp.models import Offer
from webapp.protocol import OfferClosed, OfferMade, Offers, OpenOffer
from webapp.remembered_suggestions import remembered
from webapp.tab import Tab

Event = dict[str, Any]
OfferFrame = protocol.Offer | protocol.TakeOffer | protocol.WithdrawOffer


async def deal(frame: OfferFrame, document_id: UUID, tab: Tab) -> None:
    """The frame must come from a tab that may write: the consumer has checked it."""
    match frame:
        case protocol.Offer():
            await _offer(frame, document_id, tab)
        case protocol.TakeOffer():
            taken = await in_database(offers.take, document_id, UUID(frame.offer_id), tab.author, tab.session_id)
            await announce(document_id, _closed_event(taken))
        case protocol.WithdrawOffer():
            withdrawn = await in_database(offers.withdraw, document_id, UUID(frame.offer_id), tab.author)
            await announce(document_id, _closed_event(withdrawn))


async def open_now(document_id: UUID, tab: Tab) -> Offers:
    """For a tab that comes late. To be read once the tab hears of offers, or it would miss those made meanwhile."""
    found = await in_database(offers.read_open, document_id)
    return Offers(offers=[_told(_event_fields(offer), tab) for offer in found])


def made(event: Event, tab: Tab) -> OfferMade:
    return OfferMade(offer=_told(event["offer"], tab))


def closed(event: Event) -> OfferClosed:
    return OfferClosed(**{name: value for name, value in event.items() if name != "type"})


async def _offer(frame: protocol.Offer, document_id: UUID, tab: Tab) -> None:
    """Only what the server itself remembers to have suggested to this tab can be offered."""
    provenance = await remembered.provenance(tab.asker, frame.request_id, frame.index, frame.text)
    if not provenance["is_verified"]:
        raise ClientError("offer_refused", "This was not suggested to you, or too long ago.")
    proposal = Proposal(frame.text, frame.revision, frame.position, provenance)
    offer = await in_database(offers.make, document_id, tab.author, proposal)
    await announce(document_id, {"type": "offer.made", "offer": _event_fields(offer)})


def _told(fields: dict[str, Any], tab: Tab) -> OpenOffer:
    """The ids of browsers and accounts are nobody's to know."""
    told = {name: value for name, value in fields.items() if name not in ("browser_id", "user_id")}
    is_same_person = not tab.is_guest and fields["user_id"] == tab.author.user_id
    return OpenOffer(**told, is_own=is_same_person or fields["browser_id"] == tab.author.browser_id)


def _event_fields(offer: Offer) -> dict[str, Any]:
    return {
        "offer_id": str(offer.pk),
        "author": {"name": offer.author_name, "color": offer.author_color},
        "browser_id": offer.browser_id,
        "user_id": offer.user_id,
        "text": offer.text,
        "before": offer.before,
        "after": offer.after,
        "position": offer.position,
        "provenance": offer.provenance,
        "seconds_left": max(0.0, (offer.expires_at - timezone.now()).total_seconds()),
    }


def _closed_event(offer: Offer) -> Event:
    return {
        "type": "offer.closed",
        "offer_id": str(offer.pk),
        "outcome": str(offer.outcome),
        "author": {"name": offer.closer_name, "color": offer.closer_color},
        "session_id": offer.taker_session_id or None,
    }

"""Offers in the database: placed, bounded, taken once, gone in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from tests.webapp.writing import ADA, write
from webapp.collab import authority, offers
from webapp.collab.authority import Author, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.collab.offers import Proposal
from webapp.errors import ClientError
from webapp.models import Document, Offer

pytestmark = pytest.mark.django_db(transaction=True)

BOB = Author("Bob", 2, browser_id="bob".ljust(32, "0"))
FACTS: dict[str, Any] = {"request_id": "r1", "index": 0, "checkpoint": "novels-7m", "seed": 7, "is_verified": True}


def offer(document: Document, text: str = " sea.", author: Author = ADA, **place: int) -> Offer:
    state = authority.read(document.pk)
    proposal = Proposal(text, place.get("revision", state.revision), place.get("position", len(state.text)), FACTS)
    return offers.make(document.pk, author, proposal)


def codes(document: Document, offer_id: UUID, *takers: Author) -> list[str]:
    found = []
    for taker in takers:
        try:
            offers.take(document.pk, offer_id, taker, f"session-of-{taker.name}")
            found.append("taken")
        except ClientError as error:
            found.append(error.code)
    return found


# -- it works ----------------------------------------------------------------------------------------------------------


def test_an_offer_remembers_its_place_and_for_whom_it_was_made(document: Document) -> None:
    write(document, "The grey")
    made = offer(document)
    assert (made.text, made.before, made.after, made.position) == (" sea.", "The grey", "", 8)
    asker = {"name": "Ada", "color": 1}
    assert made.provenance == {**FACTS, "asker": asker, "offer_id": str(made.pk)}
    assert offers.read_open(document.pk) == [made]


def test_a_place_moves_with_what_was_written_meanwhile(document: Document) -> None:
    write(document, "The grey")
    before = authority.read(document.pk).revision
    changes = ChangeSet.replacing(0, 3, "Only the", 8)
    update = IncomingUpdate(changes, "typed")
    authority.accept(document.pk, BOB, uuid4().hex, before, 0, [update])
    made = offer(document, revision=before, position=8)
    assert (made.position, made.before) == (13, "Only the grey")


def test_the_first_taker_wins(document: Document) -> None:
    assert codes(document, offer(document).pk, BOB, ADA) == ["taken", "offer_gone"]
    assert offers.read_open(document.pk) == []


def test_of_two_who_take_at_once_one_wins(document: Document) -> None:
    offer_id = offer(document).pk

    def take(taker: Author) -> str:
        try:
            return codes(document, offer_id, taker)[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(take, [ADA, BOB])) == ["offer_gone", "taken"]


def test_a_tab_that_lost_the_answer_may_ask_again(document: Document) -> None:
    assert codes(document, offer(document).pk, BOB, BOB) == ["taken", "taken"]


def test_what_the_taker_inserts_is_credited_to_whoever_asked(document: Document) -> None:
    made = offer(document)
    offers.take(document.pk, made.pk, BOB, "session-of-Bob")
    assert offers.provenance_of(document.pk, made.pk, BOB.browser_id, " sea.") == made.provenance


# -- who may not -------------------------------------------------------------------------------------------------------


def test_only_its_maker_withdraws_it(document: Document) -> None:
    made = offer(document)
    with pytest.raises(ClientError, match="no such offer of yours"):
        offers.withdraw(document.pk, made.pk, BOB)
    offers.withdraw(document.pk, made.pk, ADA)
    assert codes(document, made.pk, BOB) == ["offer_gone"]


def test_an_offer_of_another_document_is_not_there(document: Document) -> None:
    other = Document.objects.create(browser_id=BOB.browser_id)
    made = offer(document)
    assert codes(other, made.pk, BOB) == ["offer_gone"]
    with pytest.raises(ClientError):
        offers.withdraw(other.pk, made.pk, ADA)


@pytest.mark.parametrize("claim", ["another text", "another person", "not taken"])
def test_no_credit_for_what_was_not_taken_like_this(document: Document, claim: str) -> None:
    made = offer(document)
    if claim != "not taken":
        offers.take(document.pk, made.pk, BOB, "session-of-Bob")
    who = ADA if claim == "another person" else BOB
    text = "something else" if claim == "another text" else made.text
    assert offers.provenance_of(document.pk, made.pk, who.browser_id, text) is None


# -- bad input ---------------------------------------------------------------------------------------------------------


def test_the_same_suggestion_is_offered_once(document: Document) -> None:
    offer(document)
    with pytest.raises(ClientError, match="already"):
        offer(document)


def test_a_person_offers_five_at_most(document: Document) -> None:
    for number in range(5):
        offer(document, f" {number}")
    with pytest.raises(ClientError, match="Withdraw one"):
        offer(document, " 5")
    offer(document, " 5", BOB)


def test_a_document_has_twenty_at_most(document: Document) -> None:
    for number in range(20):
        offer(document, f" {number}", Author("Guest", 0, browser_id=f"{number // 4}"))
    with pytest.raises(ClientError, match="20 suggestions"):
        offer(document)


@pytest.mark.parametrize("place", [{"revision": 2}, {"position": 99}], ids=["future", "beyond the end"])
def test_no_offer_without_a_place(document: Document, place: dict[str, int]) -> None:
    write(document, "The grey")
    with pytest.raises(ClientError):
        offer(document, **place)
    assert not Offer.objects.exists()


# -- edges -------------------------------------------------------------------------------------------------------------


def test_an_offer_ends_by_itself(document: Document) -> None:
    made = offer(document)
    Offer.objects.update(expires_at=timezone.now())
    assert offers.read_open(document.pk) == []
    with pytest.raises(ClientError, match="in time"):
        offers.take(document.pk, made.pk, BOB, "session-of-Bob")


def test_old_offers_are_forgotten(document: Document) -> None:
    old = offer(document)
    Offer.objects.update(created_at=timezone.now() - timedelta(days=2), expires_at=timezone.now())
    offer(document, " new.")
    assert not Offer.objects.filter(pk=old.pk).exists()


def test_nobody_offers_in_a_disabled_document(document: Document) -> None:
    Document.objects.update(is_disabled=True)
    with pytest.raises(ClientError, match="disabled"):
        offer(document)

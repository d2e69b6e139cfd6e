"""Suggestions that are offered to everyone, through tabs: shown, taken once, withdrawn, and never shown to readers."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.webapp.conftest import follow
from tests.webapp.fake_suggestions import FakeSuggestions
from tests.webapp.offered import TEXT, offer, offered, suggested
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from tests.webapp.tabs import Tab
from webapp.models import Document, Offer, ShareLink, Update

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alices(tab: OpenTab, alice: Client, document: Document) -> Tab:
    return tab(alice, document)


@pytest.fixture
def bobs(tab: OpenTab, bob: Client, write_link: ShareLink) -> Tab:
    return tab(bob, write_link)


@pytest.fixture
def reading_link(document: Document, charlie: Client) -> ShareLink:
    """Charlie has followed it."""
    return follow(document, "view", charlie)


# -- it works ----------------------------------------------------------------------------------------------------------


async def test_an_offer_comes_to_every_tab(alices: Tab, bobs: Tab, fake: FakeSuggestions) -> None:
    welcome = await alices.join()
    await bobs.join()
    mine = await offered(alices, fake)
    theirs = (await bobs.expect("offer_made"))["offer"]
    assert (mine.pop("is_own"), theirs.pop("is_own")) == (True, False)
    assert mine == theirs
    assert 590 < theirs.pop("seconds_left") <= 600
    name, color = welcome["session"]["name"], welcome["session"]["color"]
    provenance = theirs.pop("provenance")
    assert theirs == {
        "offer_id": provenance["offer_id"],
        "author": {"name": name, "color": color},
        "text": TEXT,
        "before": "The sky",
        "after": "",
        "position": 7,
    }
    assert provenance["asker"] == {"name": name, "color": color}
    assert (provenance["checkpoint"], provenance["seed"], provenance["is_verified"]) == ("novels-7m", 7, True)
    assert provenance["params"]["temperature"] == 0.9


async def test_who_comes_late_sees_what_is_open(alices: Tab, bobs: Tab, fake: FakeSuggestions) -> None:
    await alices.join()
    mine = await offered(alices, fake)
    await bobs.join()
    [theirs] = (await bobs.expect("offers"))["offers"]
    assert theirs["offer_id"] == mine["offer_id"]


async def test_an_offer_is_taken_and_recorded_for_asker_and_taker(
    alices: Tab, bobs: Tab, fake: FakeSuggestions, document: Document
) -> None:
    await alices.join()
    taker = (await bobs.join())["session"]
    made = await offered(alices, fake)
    await bobs.expect("document_edited", revision=alices.revision)
    await bobs.send({"type": "take_offer", "offer_id": made["offer_id"]})
    expected = {"author": {"name": taker["name"], "color": taker["color"]}, "session_id": bobs.session_id}
    for each in (alices, bobs):
        await each.expect("offer_closed", offer_id=made["offer_id"], outcome="taken", **expected)
    await bobs.append(TEXT, origin="suggestion", offer_id=made["offer_id"])
    row = await Update.objects.alatest("revision")
    assert (row.author_name, row.origin, row.provenance) == (taker["name"], "suggestion", made["provenance"])
    edited = await alices.expect("document_edited", revision=row.revision)
    assert edited["updates"][0]["provenance"]["asker"] == made["author"]


async def test_an_offer_is_withdrawn(alices: Tab, bobs: Tab, fake: FakeSuggestions) -> None:
    await alices.join()
    await bobs.join()
    made = await offered(alices, fake)
    await alices.send({"type": "withdraw_offer", "offer_id": made["offer_id"]})
    closed = await bobs.expect("offer_closed")
    assert (closed["outcome"], closed["session_id"]) == ("withdrawn", None)


async def test_an_offer_outlives_the_tab_that_made_it(
    alices: Tab, tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    await alices.join()
    made = await offered(alices, fake)
    await alices.leave()
    again = tab(alice, document)
    await again.join()
    [kept] = (await again.expect("offers"))["offers"]
    assert (kept["offer_id"], kept["is_own"]) == (made["offer_id"], True)


# -- who may not -------------------------------------------------------------------------------------------------------


async def test_the_second_taker_is_told_who_was_first(alices: Tab, bobs: Tab, fake: FakeSuggestions) -> None:
    owner = (await alices.join())["session"]
    await bobs.join()
    made = await offered(alices, fake)
    take = {"type": "take_offer", "offer_id": made["offer_id"]}
    await alices.send(take)
    await bobs.expect("offer_closed")
    await bobs.send(take)
    error = await bobs.expect("error", code="offer_gone")
    assert error["message"] == f"{owner['name']} has taken it."


async def test_readers_are_never_sent_an_offer(
    alices: Tab, tab: OpenTab, charlie: Client, reading_link: ShareLink, fake: FakeSuggestions
) -> None:
    await alices.join()
    readers = tab(charlie, reading_link)
    await readers.join()
    made = await offered(alices, fake)
    await alices.send({"type": "withdraw_offer", "offer_id": made["offer_id"]})
    await alices.expect("offer_closed")
    late = tab(charlie, reading_link)
    await late.join()
    for each in (readers, late):
        kinds = {frame["type"] for frame in [*await each.all_frames(), *each.passed]}
        assert kinds.isdisjoint({"offers", "offer_made", "offer_closed"})


@pytest.mark.parametrize("kind", ["offer", "take_offer", "withdraw_offer"])
async def test_readers_can_do_nothing_with_offers(
    alices: Tab, tab: OpenTab, charlie: Client, reading_link: ShareLink, fake: FakeSuggestions, kind: str
) -> None:
    await alices.join()
    made = await offered(alices, fake)
    readers = tab(charlie, reading_link)
    await readers.join()
    frames = {"offer": offer(readers)}
    await readers.send(frames.get(kind, {"type": kind, "offer_id": made["offer_id"]}))
    await readers.expect("error", code="read_only")
    assert [each.outcome async for each in Offer.objects.all()] == ["open"]


async def test_nobody_offers_what_was_suggested_to_another(alices: Tab, bobs: Tab, fake: FakeSuggestions) -> None:
    await alices.join()
    await suggested(alices, fake)
    await bobs.join()
    await bobs.send(offer(bobs))
    await bobs.expect("error", code="offer_refused")
    assert not await Offer.objects.aexists()


async def test_another_persons_offer_is_not_withdrawn(alices: Tab, bobs: Tab, fake: FakeSuggestions) -> None:
    await alices.join()
    await bobs.join()
    made = await offered(alices, fake)
    await bobs.send({"type": "withdraw_offer", "offer_id": made["offer_id"]})
    await bobs.expect("error", code="offer_gone")
    assert [each.outcome async for each in Offer.objects.all()] == ["open"]


# -- bad input ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("forged", [{"text": " and gold."}, {"request_id": "r9"}, {"index": 1}])
async def test_only_what_was_suggested_is_offered(
    alices: Tab, bobs: Tab, fake: FakeSuggestions, forged: dict[str, Any]
) -> None:
    await alices.join()
    await bobs.join()
    await suggested(alices, fake)
    await alices.send(offer(alices, **forged))
    await alices.expect("error", code="offer_refused")
    assert "offer_made" not in {frame["type"] for frame in await bobs.all_frames()}


@pytest.mark.parametrize("kind", ["take_offer", "withdraw_offer"])
async def test_an_unknown_offer_is_an_error_and_nothing_else(alices: Tab, bobs: Tab, kind: str) -> None:
    await alices.join()
    await bobs.join()
    await alices.send({"type": kind, "offer_id": str(uuid4())})
    await alices.expect("error", code="offer_gone")
    assert "offer_closed" not in {frame["type"] for frame in await bobs.all_frames()}


@pytest.mark.parametrize("has_taken", [True, False])
async def test_text_that_only_claims_to_be_the_offer_is_unverified(
    alices: Tab, bobs: Tab, fake: FakeSuggestions, has_taken: bool
) -> None:
    await alices.join()
    await bobs.join()
    made = await offered(alices, fake)
    await bobs.expect("document_edited", revision=alices.revision)
    if has_taken:
        await bobs.send({"type": "take_offer", "offer_id": made["offer_id"]})
        await bobs.expect("offer_closed")
    text = " and gold." if has_taken else TEXT
    await bobs.append(text, origin="suggestion", offer_id=made["offer_id"])
    row = await Update.objects.alatest("revision")
    assert row.provenance is not None
    assert (row.provenance["is_verified"], row.provenance["checkpoint"]) == (False, None)


# -- edges -------------------------------------------------------------------------------------------------------------


async def test_a_part_of_a_suggestion_can_be_offered(alices: Tab, fake: FakeSuggestions) -> None:
    await alices.join()
    await suggested(alices, fake)
    await alices.append(" and")
    await alices.send(offer(alices, text=" the sea."))
    made = (await alices.expect("offer_made"))["offer"]
    assert (made["before"], made["text"]) == ("The sky and", " the sea.")

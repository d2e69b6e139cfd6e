"""What people are called, and who waits for a suggestion: said by the server, told to all at once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.conftest import browser_of
from tests.webapp.fake_suggestions import FakeSuggestions
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from tests.webapp.tabs import Frame, Tab
from webapp.database import in_database
from webapp.models import Document, ShareLink, Update

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)


async def introduce(mine: Tab, name: str | None) -> None:
    await mine.send({"type": "introduce", "name": name})


async def told(seer: Tab, seen: Tab, name: str) -> Frame:
    """The first presence frame in which a tab has this name: what it says of the tab."""
    while True:
        frame = await seer.expect("presence")
        for each in frame["participants"]:
            if each["session_id"] == seen.session_id and each["name"] == name:
                return dict(each)


# -- it works ----------------------------------------------------------------------------------------------------------


async def test_a_guest_is_called_as_they_wish_and_all_hear_it_at_once(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink
) -> None:
    alices, bobs = tab(alice, document), tab(bob, write_link)
    await alices.join()
    await bobs.join()
    await introduce(bobs, "  Bob   Builder ")
    assert (await told(alices, bobs, "Bob Builder"))["is_guest"]
    await told(bobs, bobs, "Bob Builder")


async def test_a_name_holds_for_every_tab_of_the_browser_and_for_the_next_visit(
    tab: OpenTab, alice: Client, document: Document
) -> None:
    one, two = tab(alice, document), tab(alice, document)
    await one.join()
    await two.join()
    await introduce(one, "Alice Liddell")
    await told(one, two, "Alice Liddell")
    again = tab(alice, document)
    welcome = await again.join()
    assert (welcome["session"]["name"], welcome["session"]["is_guest"]) == ("Alice Liddell", True)


async def test_who_gives_no_name_has_two_words_of_ours_again(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    ours = (await mine.join())["session"]["name"]
    await introduce(mine, "Alice Liddell")
    await told(mine, mine, "Alice Liddell")
    await introduce(mine, None)
    await told(mine, mine, ours)


async def test_updates_bear_the_name_of_their_time(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    before = (await mine.join())["session"]["name"]
    await mine.append("One. ")
    await introduce(mine, "Alice Liddell")
    await told(mine, mine, "Alice Liddell")
    await mine.append("Two.")
    rows = await in_database(lambda: list(Update.objects.order_by("revision").values_list("author_name", "browser_id")))
    assert rows == [(before, document.browser_id), ("Alice Liddell", document.browser_id)]


async def test_a_name_undoes_nothing_that_the_browser_did_elsewhere(
    tab: OpenTab, bob: Client, document: Document, write_link: ShareLink
) -> None:
    mine = tab(bob, write_link)
    await mine.join()

    def follow_another_link() -> None:
        session = bob.session
        session["shares"] = [*session["shares"], "another"]
        session.save()

    await in_database(follow_another_link)
    await introduce(mine, "Bob Builder")
    await told(mine, mine, "Bob Builder")
    assert await in_database(lambda: bob.session["shares"]) == [str(write_link.pk), "another"]


async def test_everybody_sees_who_waits_for_a_suggestion_until_it_ends(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink, fake: FakeSuggestions
) -> None:
    alices, bobs = tab(alice, document), tab(bob, write_link)
    await alices.join()
    await bobs.join()
    await bobs.send({"type": "suggest", "request_id": "r1", "prompt": "It was", "params": {"num_continuations": 1}})
    await alices.expect("waiting_changed", session_id=bobs.session_id, is_waiting=True)
    late = tab(alice, document)
    welcome = await late.join()
    assert [each["session_id"] for each in welcome["participants"] if each["is_waiting"]] == [bobs.session_id]
    await bobs.expect("suggestion_started")
    await fake.finish(0, " a dark night.")
    await alices.expect("waiting_changed", session_id=bobs.session_id, is_waiting=False)


# -- who may not -------------------------------------------------------------------------------------------------------


async def test_an_account_keeps_its_own_name(tab: OpenTab, alice: Client, document: Document) -> None:
    def sign_in() -> None:
        alice.force_login(User.objects.create_user("ada"))

    await in_database(sign_in)
    mine = tab(alice, document)
    welcome = await mine.join()
    assert (welcome["session"]["name"], welcome["session"]["is_guest"]) == ("ada", False)
    await introduce(mine, "Somebody Else")
    assert (await mine.expect("error"))["code"] == "bad_field"


async def test_a_guest_who_takes_an_accounts_name_bears_a_mark(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await introduce(mine, "ada")
    assert (await told(mine, mine, "ada (guest)"))["is_guest"]


async def test_a_session_that_has_ended_keeps_no_name(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await in_database(lambda: alice.session.delete(alice.session.session_key))
    await introduce(mine, "Alice Liddell")
    assert (await mine.expect("error"))["code"] == "signed_out"
    assert not await in_database(lambda: alice.session.exists(alice.session.session_key))


async def test_nobody_says_of_themselves_that_they_wait(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    for kind in ("waiting_changed", "waiting.changed", "browser.introduced"):
        await mine.send({"type": kind, "session_id": mine.session_id, "is_waiting": True, "name": "Mallory Marsh"})
        assert (await mine.expect("error"))["code"] == "unknown_type"


async def test_one_name_after_the_other_is_too_many(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    for number in range(6):
        await introduce(mine, f"Alice Number {number}")
    assert (await mine.expect("error"))["code"] == "rate_limited"


# -- edge --------------------------------------------------------------------------------------------------------------


async def test_another_browsers_name_stays(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink
) -> None:
    alices, bobs = tab(alice, document), tab(bob, write_link)
    name = (await alices.join())["session"]["name"]
    await bobs.join()
    await introduce(bobs, "Bob Builder")
    frame = await told(alices, alices, name)
    assert frame["name"] == name


async def test_a_socket_that_goes_takes_its_waiting_along(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink
) -> None:
    alices, bobs = tab(alice, document), tab(bob, write_link)
    await alices.join()
    await bobs.join()
    await bobs.send({"type": "suggest", "request_id": "r1", "prompt": "It was", "params": {"num_continuations": 1}})
    await alices.expect("waiting_changed", is_waiting=True)
    await bobs.leave()
    present = await alices.expect("presence")
    assert [each["session_id"] for each in present["participants"]] == [alices.session_id]


async def test_a_browser_without_a_name_of_its_own_has_two_words(tab: OpenTab, document: Document) -> None:
    owner = await in_database(browser_of, "alice")
    welcome = await tab(owner, document).join()
    assert len(welcome["session"]["name"].split()) == 2

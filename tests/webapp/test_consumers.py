"""A tab on a document: who may join and write, what each sees, how a socket ends."""

from __future__ import annotations

import pytest
from channels.layers import get_channel_layer
from django.conf import settings
from django.test import Client

from tests.webapp.bad_frames import bad_frames
from tests.webapp.fake_suggestions import FakeSuggestions
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from webapp import frame_socket, groups
from webapp.checkpoint_board import CheckpointBoard
from webapp.collab import authority
from webapp.collab.changes import ChangeSet
from webapp.database import in_database
from webapp.models import Checkpoint, Document, ShareLink
from webapp.open_documents import OpenDocuments
from webapp.suggestions import CheckpointStatus

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)


# -- it works ----------------------------------------------------------------------------------------------------------


async def test_an_owner_is_welcome(
    tab: OpenTab, alice: Client, document: Document, checkpoint: Checkpoint, fake: FakeSuggestions
) -> None:
    fake.states = {"novels-7m": CheckpointStatus("ready")}
    mine = tab(alice, document)
    welcome = await mine.join()
    assert (welcome["protocol"], welcome["version"]) == (1, settings.STATIC_HASH)
    assert welcome["document"] == {
        "title": "The lighthouse",
        "revision": 0,
        "text": "",
        "attribution": {"sources": [], "runs": []},
        "num_parts": 0,
        "head_revision": 0,
        "can_edit": True,
        "can_suggest": True,
    }
    assert welcome["session"]["session_id"] == mine.session_id
    assert [each["session_id"] for each in welcome["participants"]] == [mine.session_id]
    assert [(each["name"], each["state"]) for each in welcome["checkpoints"]] == [("novels-7m", "ready")]
    assert welcome["limits"] == {"max_document_length": 2_000_000, "max_prompt_length": 8000, "max_edit_bytes": 49152}


async def test_an_edit_comes_back_as_its_acknowledgement(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await mine.edit([[0, "It was a dark night."]])
    edited = await mine.expect("document_edited")
    assert edited["revision"] == 1
    [update] = edited["updates"]
    assert (update["session_id"], update["number"], update["origin"]) == (mine.session_id, 0, "typed")
    assert update["changes"] == [[0, "It was a dark night."]]
    assert update["author"].keys() == {"name", "color"}


async def test_two_tabs_see_each_others_edits_in_order_and_once(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink
) -> None:
    alices, bobs = tab(alice, document), tab(bob, write_link)
    await alices.join()
    await bobs.join()
    for number in range(10):
        await alices.append(f"a{number} ")
        while bobs.revision < alices.revision:
            await bobs.expect("document_edited")
        await bobs.append(f"b{number} ")
        while alices.revision < bobs.revision:
            await alices.expect("document_edited")
    state = await in_database(authority.read, document.pk)
    assert state.text == "".join(f"a{number} b{number} " for number in range(10))
    assert alices.revision == bobs.revision == state.revision == 20


async def test_a_lost_ring_is_healed_by_the_regular_check(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await write_elsewhere(document, "From another process.")
    await OpenDocuments.here().check()
    edited = await mine.expect("document_edited")
    assert edited["revision"] == 1
    await OpenDocuments.here().check()
    assert "document_edited" not in [frame["type"] for frame in await mine.all_frames()]


async def test_a_long_document_comes_in_parts(tab: OpenTab, alice: Client, document: Document) -> None:
    text = "\u20ac" * 100_000
    await write_elsewhere(document, text)
    mine = tab(alice, document)
    welcome = await mine.join()
    assert (welcome["document"]["text"], welcome["document"]["num_parts"]) == (None, 5)
    parts = [await mine.expect("welcome_part") for _ in range(5)]
    assert "".join(part["text"] for part in parts) == text
    assert [part["part"] for part in parts] == [0, 1, 2, 3, 4]
    assert [part["attribution"] is None for part in parts] == [True, True, True, False, False]


async def test_a_tab_that_comes_back_gets_what_it_missed(tab: OpenTab, alice: Client, document: Document) -> None:
    first = tab(alice, document)
    await first.join()
    await first.append("One. ")
    await first.leave()
    await write_elsewhere(document, "Two. ")
    again = tab(alice, document, session_id=first.session_id)
    welcome = await again.join(revision=1)
    assert (welcome["document"]["revision"], welcome["document"]["head_revision"]) == (1, 2)
    assert welcome["document"]["text"] is None
    edited = await again.expect("document_edited")
    assert [update["changes"] for update in edited["updates"]] == [[[0, "Two. "], 5]]


async def test_carets_are_shown_to_the_others(tab: OpenTab, alice: Client, document: Document) -> None:
    one, two = tab(alice, document), tab(alice, document)
    await one.join()
    await one.append("Some text.")
    await two.join()
    await one.send({"type": "caret", "revision": 1, "anchor": 2, "head": 4})
    moved = await two.expect("caret_moved")
    assert moved == {"type": "caret_moved", "session_id": one.session_id, "revision": 1, "anchor": 2, "head": 4}


async def test_who_comes_and_goes_is_told(
    tab: OpenTab, alice: Client, bob: Client, document: Document, view_link: ShareLink
) -> None:
    alices, bobs = tab(alice, document), tab(bob, view_link)
    await alices.join()
    await alices.expect("presence")
    await bobs.join()
    present = await alices.expect("presence")
    assert {each["session_id"]: each["can_edit"] for each in present["participants"]} == {
        alices.session_id: True,
        bobs.session_id: False,
    }
    await bobs.leave()
    present = await alices.expect("presence")
    assert [each["session_id"] for each in present["participants"]] == [alices.session_id]


async def test_a_new_title_is_told_to_all(tab: OpenTab, alice: Client, document: Document) -> None:
    one, two = tab(alice, document), tab(alice, document)
    await one.join()
    await two.join()
    await one.send({"type": "rename", "title": "  The\tstorm "})
    assert (await two.expect("renamed"))["title"] == "The storm"
    assert (await one.expect("renamed"))["title"] == "The storm"


async def test_a_changed_catalogue_is_told(
    tab: OpenTab, alice: Client, document: Document, checkpoint: Checkpoint
) -> None:
    mine = tab(alice, document)
    await mine.join()
    await in_database(Checkpoint.objects.filter(pk=checkpoint.pk).update, title="Novels")
    await get_channel_layer().group_send(groups.CHECKPOINTS, {"type": "checkpoints.changed"})
    told = await mine.expect("checkpoints")
    assert [each["title"] for each in told["checkpoints"]] == ["Novels"]


async def test_a_checkpoint_that_becomes_ready_is_told_once(
    tab: OpenTab, alice: Client, document: Document, checkpoint: Checkpoint, fake: FakeSuggestions
) -> None:
    mine = tab(alice, document)
    await mine.join()
    fake.states = {"novels-7m": CheckpointStatus("ready")}
    await CheckpointBoard.here().check()
    await CheckpointBoard.here().check()
    told = await mine.expect("checkpoints")
    assert [each["state"] for each in told["checkpoints"]] == ["ready"]
    assert "checkpoints" not in [frame["type"] for frame in await mine.all_frames()]


# -- who may not -------------------------------------------------------------------------------------------------------


async def test_a_stranger_is_turned_away(tab: OpenTab, charlie: Client, document: Document) -> None:
    theirs = await tab(charlie, document).open()
    assert await theirs.close_code() == 4404


async def test_a_link_that_was_not_followed_opens_nothing(tab: OpenTab, charlie: Client, write_link: ShareLink) -> None:
    theirs = await tab(charlie, write_link).open()
    assert await theirs.close_code() == 4404


@pytest.mark.parametrize("path", ["/ws/", "/ws/documents/1/", "/ws/documents/00000000-0000-4000-8000-000000000000/"])
async def test_an_address_that_is_none_is_absent(tab: OpenTab, alice: Client, path: str) -> None:
    theirs = await tab(alice, path).open()
    assert await theirs.close_code() == 4404


async def test_a_reader_cannot_write(tab: OpenTab, bob: Client, view_link: ShareLink) -> None:
    bobs = tab(bob, view_link)
    welcome = await bobs.join()
    assert (welcome["document"]["can_edit"], welcome["document"]["can_suggest"]) == (False, False)
    await bobs.edit([[0, "x"]])
    assert (await bobs.expect("edit_refused"))["code"] == "read_only"
    await bobs.send({"type": "suggest", "request_id": "r1", "prompt": "x"})
    error = await bobs.expect("error")
    assert (error["code"], error["request_id"]) == ("read_only", "r1")
    await bobs.send({"type": "rename", "title": "Mine"})
    assert (await bobs.expect("error"))["code"] == "read_only"


async def test_nothing_is_taken_before_join(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = await tab(alice, document).open()
    await mine.edit([[0, "x"]])
    assert (await mine.receive())["code"] == "not_joined"


async def test_a_revoked_link_closes_its_sockets(tab: OpenTab, bob: Client, write_link: ShareLink) -> None:
    bobs = tab(bob, write_link)
    await bobs.join()
    await in_database(ShareLink.objects.filter(pk=write_link.pk).revoke)
    await get_channel_layer().group_send(groups.of_document(write_link.document_id), {"type": "access.changed"})
    assert await bobs.close_code() == 4403


async def test_a_changed_role_is_told_and_holds(tab: OpenTab, bob: Client, write_link: ShareLink) -> None:
    bobs = tab(bob, write_link)
    await bobs.join()
    await in_database(ShareLink.objects.filter(pk=write_link.pk).update, role="view")
    await get_channel_layer().group_send(groups.of_document(write_link.document_id), {"type": "access.changed"})
    assert (await bobs.expect("access_changed"))["role"] == "view"
    await bobs.edit([[0, "x"]])
    assert (await bobs.expect("edit_refused"))["code"] == "read_only"


async def test_a_newer_socket_of_the_tab_closes_the_older(tab: OpenTab, alice: Client, document: Document) -> None:
    older = tab(alice, document)
    await older.join()
    newer = tab(alice, document, session_id=older.session_id)
    await newer.join(revision=0)
    assert await older.close_code() == 4409
    await newer.append("Still here.")


async def test_a_session_of_another_browser_cannot_be_taken(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink
) -> None:
    alices = tab(alice, document)
    await alices.join()
    bobs = await tab(bob, write_link, session_id=alices.session_id).open()
    await bobs.send({"type": "join", "protocol": 1, "revision": None, "session_id": alices.session_id})
    assert "another browser" in (await bobs.receive())["message"]
    await alices.append("Mine.")


# -- bad input ---------------------------------------------------------------------------------------------------------


async def test_the_socket_outlives_every_bad_frame(
    tab: OpenTab, alice: Client, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_socket, "ERROR_WINDOW_SECONDS", 0.0)
    mine = tab(alice, document)
    await mine.join()
    for text, words in bad_frames():
        await mine.communicator.send_input({"type": "websocket.receive", "text": text})
        error = await mine.expect("error")
        assert words in error["message"]
    await mine.append("Nothing is lost.")


async def test_a_binary_frame_is_refused(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await mine.communicator.send_to(bytes_data=b"\x00\x01")
    assert (await mine.expect("error"))["code"] == "bad_frame"


async def test_repeated_abuse_closes_the_socket(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    for _ in range(frame_socket.MAX_ERRORS):
        await mine.communicator.send_to("{")
    assert await mine.close_code() == 4400


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([5], "invalid_changes"),
        ([-1], "invalid_changes"),
        ([[0, "a\r"]], "invalid_changes"),
        (["x"], "invalid_changes"),
    ],
)
async def test_an_edit_that_does_not_fit_is_refused(
    tab: OpenTab, alice: Client, document: Document, changes: list[object], code: str
) -> None:
    mine = tab(alice, document)
    await mine.join()
    await mine.edit(changes)
    refused = await mine.expect("edit_refused")
    assert (refused["first_number"], refused["code"]) == (0, code)


async def test_a_gap_and_an_unknown_revision_are_refused(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    mine.numbers = 3
    await mine.edit([[0, "x"]])
    assert (await mine.expect("edit_refused"))["code"] == "gap"
    mine.numbers, mine.revision = 0, 9
    await mine.edit([[0, "x"]])
    assert (await mine.expect("edit_refused"))["code"] == "revision_unknown"


async def test_a_revision_that_never_was_cannot_be_joined_at(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = await tab(alice, document).open()
    await mine.send({"type": "join", "protocol": 1, "revision": 5, "session_id": mine.session_id})
    assert (await mine.receive())["code"] == "revision_unknown"
    await mine.send({"type": "join", "protocol": 1, "revision": None, "session_id": mine.session_id})
    await mine.expect("welcome")


async def test_a_page_of_another_protocol_is_told_to_reload(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = await tab(alice, document).open()
    await mine.send({"type": "join", "protocol": 2, "revision": None, "session_id": mine.session_id})
    error = await mine.receive()
    assert (error["code"], error["message"]) == ("outdated", "protocol is 2, expected 1: reload the page")
    assert await mine.close_code() == 4426


async def test_an_edit_sent_twice_is_applied_once(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    frame = {"type": "edit", "revision": 0, "first_number": 0, "updates": [{"changes": [[0, "x"]], "origin": "typed"}]}
    await mine.send(frame)
    await mine.send(frame)
    await mine.expect("document_edited")
    mine.numbers = 1
    await mine.append("y")
    assert (await in_database(authority.read, document.pk)).text == "xy"


async def test_a_second_join_is_refused(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await mine.send({"type": "join", "protocol": 1, "revision": None, "session_id": mine.session_id})
    assert (await mine.expect("error"))["code"] == "bad_field"


async def test_too_many_frames_are_refused_but_edits_wait(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    for _ in range(60):
        await mine.send({"type": "caret", "revision": 0, "anchor": 0, "head": 0})
    assert (await mine.expect("error"))["code"] == "rate_limited"
    for _ in range(65):
        await mine.edit([mine.numbers, [0, "x"]] if mine.numbers else [[0, "x"]])
        await mine.expect("document_edited")
    assert mine.revision == 65


async def test_a_failure_is_logged_and_answered_and_the_socket_lives(
    tab: OpenTab,
    alice: Client,
    document: Document,
    fake: FakeSuggestions,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    mine = tab(alice, document)
    await mine.join()
    monkeypatch.setattr(authority, "rename", lambda *_: 1 / 0)
    await mine.send({"type": "rename", "title": "x"})
    assert (await mine.expect("error"))["code"] == "failed"
    assert "ZeroDivisionError" in caplog.text
    await mine.append("Still here.")


async def test_an_unknown_event_is_no_harm(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await get_channel_layer().group_send(groups.of_document(document.pk), {"type": "document.sealed"})
    await mine.append("Still here.")


async def write_elsewhere(document: Document, text: str) -> None:
    """As another process would, so that nobody here is told."""
    author = authority.Author("Quiet Heron", 1, "elsewhere".ljust(32, "0"))
    state = await in_database(authority.read, document.pk)
    changes = ChangeSet.replacing(0, 0, text, len(state.text))
    updates = [authority.IncomingUpdate(changes, "typed")]
    await in_database(authority.accept, document.pk, author, "session-elsewhere", state.revision, 0, updates)

"""Suggestions through a tab: asked, written, cancelled, ended in time, and recognised when accepted."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.fake_suggestions import FakeSuggestions, busy
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from tests.webapp.tabs import Frame, Tab
from webapp import running_suggestions
from webapp.models import Checkpoint, Document
from webapp.suggestions import CachedContinuation

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)

ONE = {"num_continuations": 1}


async def joined(tab: OpenTab, client: Client, document: Document) -> Tab:
    mine = tab(client, document)
    await mine.join()
    await mine.expect("presence")
    return mine


async def suggest(mine: Tab, request_id: str = "r1", **fields: Any) -> None:
    await mine.send({"type": "suggest", "request_id": request_id, "prompt": "It was", "params": ONE, **fields})


async def started(mine: Tab, request_id: str = "r1", **fields: Any) -> Frame:
    await suggest(mine, request_id, **fields)
    return await mine.expect("suggestion_started", request_id=request_id)


async def ends(mine: Tab, request_id: str, num_rows: int = 1) -> list[str]:
    frames = [await mine.expect("suggestion_finished", request_id=request_id) for _ in range(num_rows)]
    return [frame["finish_reason"] for frame in frames]


async def texts(mine: Tab, request_id: str, index: int = 0) -> str:
    """What the browser would show at the end."""
    text = ""
    while True:
        frame = await mine.expect("suggestion_extended", "suggestion_finished", request_id=request_id, index=index)
        if frame["type"] == "suggestion_finished":
            return text
        text += frame["text"]


# -- it works ----------------------------------------------------------------------------------------------------------


async def test_a_suggestion_is_asked_for_and_written(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    start = await started(mine, params={"num_continuations": 2})
    assert start == {
        "type": "suggestion_started",
        "request_id": "r1",
        "checkpoint": "novels-7m",
        "seed": 7,
        "is_cached": False,
        "note": None,
    }
    [asked] = fake.asked
    assert (asked["prompt"], asked["checkpoint"], asked["fresh"]) == ("It was", None, False)
    assert (asked["asker"], asked["request_id"]) == (
        f"{document.pk.hex}/{document.browser_id}",
        f"{mine.session_id}:r1",
    )
    await fake.tell("started", checkpoint="novels-7m", revision="", dtype="float32")
    await fake.extend(0, 0, " a", " dark")
    await fake.extend(1, 0, " the")
    await fake.finish(0, " a dark", num_tokens=2)
    await fake.finish(1, " the end.", reason="length", num_tokens=3)
    frames = [await mine.expect("suggestion_extended", "suggestion_finished") for _ in range(5)]
    assert [(frame["index"], frame.get("text"), frame.get("finish_reason")) for frame in frames] == [
        (0, " a dark", None),
        (1, " the", None),
        (0, None, "stop"),
        (1, " end.", None),
        (1, None, "length"),
    ]
    assert frames[-1]["num_tokens"] == 3
    assert frames[-1]["elapsed_ms"] >= 0
    assert fake.cancelled == []


async def test_a_cached_answer_comes_at_once(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    fake.cached = [CachedContinuation(" a dark night.", "stop", 4, seed=5, index=1)]
    mine = await joined(tab, alice, document)
    assert (await started(mine))["is_cached"] is True
    assert await texts(mine, "r1") == " a dark night."


async def test_greedy_gives_one_continuation(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine, params={"num_continuations": 3, "temperature": 0})
    await fake.finish(0, " a")
    await fake.finish(1, " b")
    assert await ends(mine, "r1") == ["stop"]
    assert not await mine.all_frames()


async def test_events_that_overtake_the_answer_are_not_lost(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    fake.may_answer.clear()
    mine = await joined(tab, alice, document)
    await suggest(mine)
    await mine.all_frames()
    await fake.extend(0, 0, " a")
    await fake.finish(0, " a dark")
    await mine.all_frames()
    fake.may_answer.set()
    await mine.expect("suggestion_started")
    assert await texts(mine, "r1") == " a dark"


@pytest.mark.parametrize("arriving", [[0, 2], [2, 0], [0, 0, 1, 1, 2], [1], []])
async def test_lost_doubled_and_misplaced_events_leave_the_text_whole(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions, arriving: list[int]
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine)
    pieces = [(0, [" a", " da"]), (2, ["rk"]), (3, [" night", "."])]
    for number in arriving:
        position, tokens = pieces[number]
        await fake.extend(0, position, *tokens)
    await fake.finish(0, " a dark night.", num_tokens=5)
    assert await texts(mine, "r1") == " a dark night."


async def test_a_suggestion_of_one_tab_is_not_sent_to_another(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    one, two = await joined(tab, alice, document), await joined(tab, alice, document)
    await started(one)
    await started(two)
    await fake.finish(0, " one", request=0)
    assert await texts(one, "r1") == " one"
    assert "suggestion_extended" not in [frame["type"] for frame in await two.all_frames()]


# -- admission and cancelling ------------------------------------------------------------------------------------------


async def test_a_newer_request_cancels_the_others(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine, "r1")
    await suggest(mine, "r2")
    assert await ends(mine, "r1") == ["cancelled"]
    assert fake.cancelled == [f"{mine.session_id}:r1"]
    await mine.expect("suggestion_started", request_id="r2")
    await fake.finish(0, " late", request=0)
    await fake.finish(0, " right", request=1)
    assert await texts(mine, "r2") == " right"


async def test_a_request_keeps_the_one_that_it_adds_to(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine, "r1")
    await started(mine, "r2", adds_to="r1")
    await fake.finish(0, " one", request=0)
    assert await texts(mine, "r1") == " one"
    await started(mine, "r3", adds_to="r2")
    await suggest(mine, "r4", adds_to="r3")
    assert await ends(mine, "r2") == ["cancelled"]


async def test_a_request_can_be_cancelled(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine, params={"num_continuations": 2})
    await fake.finish(1, " done")
    await mine.expect("suggestion_finished", index=1)
    await mine.send({"type": "cancel", "request_id": "r1"})
    assert await ends(mine, "r1") == ["cancelled"]
    await mine.send({"type": "cancel", "request_id": "r1"})
    await mine.send({"type": "cancel", "request_id": "never"})
    assert not await mine.all_frames()
    assert fake.cancelled == [f"{mine.session_id}:r1"]


async def test_leaving_cancels_everything(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine, "r1")
    await started(mine, "r2", adds_to="r1")
    await mine.leave()
    assert sorted(fake.cancelled) == [f"{mine.session_id}:r1", f"{mine.session_id}:r2"]


# -- ends that nobody wishes for ---------------------------------------------------------------------------------------


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_suggestions, "GRACE_SECONDS", 0.0)


@pytest.mark.usefixtures("no_grace")
@pytest.mark.parametrize("is_answered", [True, False])
async def test_the_deadline_ends_what_is_open(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions, is_answered: bool
) -> None:
    if not is_answered:
        fake.may_answer.clear()
    mine = await joined(tab, alice, document)
    await suggest(mine, params={"num_continuations": 2, "max_time_ms": 50})
    assert await ends(mine, "r1", 2) == ["deadline", "deadline"]
    assert fake.cancelled == [f"{mine.session_id}:r1"]
    await fake.finish(0, " late")
    assert not await mine.all_frames()


async def test_a_busy_queue_is_told_at_once(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    fake.error = busy()
    mine = await joined(tab, alice, document)
    await suggest(mine)
    error = await mine.expect("error")
    assert (error["code"], error["request_id"]) == ("busy", "r1")
    assert fake.cancelled == []


async def test_a_failed_continuation_ends_its_request(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine, params={"num_continuations": 3})
    await fake.tell("failed", code="unavailable", message="the worker closes")
    error = await mine.expect("error")
    assert (error["code"], error["message"], error["request_id"]) == ("unavailable", "the worker closes", "r1")
    await fake.finish(0, " late")
    assert not await mine.all_frames()


async def test_an_unexpected_error_is_logged_with_its_request(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions, caplog: pytest.LogCaptureFixture
) -> None:
    fake.error = ZeroDivisionError()
    mine = await joined(tab, alice, document)
    await suggest(mine)
    assert (await mine.expect("error", request_id="r1"))["code"] == "failed"
    assert f"{mine.session_id}:r1" in caplog.text


async def test_a_request_id_is_used_once(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine, "r1")
    await suggest(mine, "r1")
    error = await mine.expect("error")
    assert error["code"] == "bad_field"
    assert "request_id" not in error
    await fake.finish(0, " whole")
    assert await texts(mine, "r1") == " whole"


async def test_a_checkpoint_that_is_not_in_the_catalogue_is_refused(
    tab: OpenTab, alice: Client, document: Document, checkpoint: Checkpoint, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await suggest(mine, checkpoint="gpt9\u202e")
    error = await mine.expect("error", request_id="r1")
    assert error["message"] == 'checkpoint is "gpt9\\u202e", expected null or one of novels-7m'
    await started(mine, "r2", checkpoint="novels-7m")


async def test_too_many_requests_are_refused(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    for number in range(30):
        await suggest(mine, f"r{number}")
    error = await mine.expect("error")
    assert (error["code"], error["request_id"]) == ("rate_limited", "r20")


# -- accepting ---------------------------------------------------------------------------------------------------------


async def accept(mine: Tab, text: str, request_id: str = "r1", index: int = 0) -> dict[str, Any]:
    """The provenance of the update, as everybody is told it."""
    await mine.edit([[0, text]], origin="suggestion", request_id=request_id, index=index)
    provenance: dict[str, Any] = (await mine.expect("document_edited"))["updates"][0]["provenance"]
    return provenance


async def test_an_accepted_suggestion_is_recorded_with_what_wrote_it(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine)
    await fake.tell("started", checkpoint="novels-7m", revision="abc", dtype="bfloat16")
    await fake.finish(0, " a dark night.")
    await mine.expect("suggestion_finished")
    provenance = await accept(mine, " a dark night.")
    assert provenance.pop("params")["num_continuations"] == 1
    assert provenance == {
        "request_id": "r1",
        "index": 0,
        "checkpoint": "novels-7m",
        "revision": "abc",
        "dtype": "bfloat16",
        "seed": 7,
        "is_verified": True,
    }


@pytest.mark.parametrize(
    ("text", "is_verified"),
    [(" a", True), (" dark", True), ("night.", True), (" a bright night.", False), (" a dark night. Or not", False)],
)
async def test_a_part_of_a_suggestion_is_verified_and_other_text_is_not(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions, text: str, is_verified: bool
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine)
    await fake.finish(0, " a dark night.")
    await mine.expect("suggestion_finished")
    assert (await accept(mine, text))["is_verified"] is is_verified


async def test_what_is_still_being_written_can_be_accepted(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine)
    await fake.extend(0, 0, " a", " dark")
    await mine.expect("suggestion_extended")
    assert (await accept(mine, " a dark"))["is_verified"] is True


async def test_a_suggestion_that_never_was_is_recorded_as_unverified(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    provenance = await accept(mine, " a lie", request_id="r9", index=3)
    assert (provenance["request_id"], provenance["index"], provenance["is_verified"]) == ("r9", 3, False)


async def test_a_suggestion_of_another_browser_is_not_ones_own(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: Any, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine)
    await fake.finish(0, " a dark night.")
    await mine.expect("suggestion_finished")
    bobs = await joined(tab, bob, write_link)
    assert (await accept(bobs, " a dark night."))["is_verified"] is False


async def test_a_tab_that_comes_back_still_has_its_suggestions(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions
) -> None:
    mine = await joined(tab, alice, document)
    await started(mine)
    await fake.finish(0, " a dark night.")
    await mine.expect("suggestion_finished")
    await mine.leave()
    again = tab(alice, document, session_id=mine.session_id)
    await again.join(revision=0)
    assert (await accept(again, " a dark"))["is_verified"] is True


async def test_an_outcome_is_taken(
    tab: OpenTab, alice: Client, document: Document, fake: FakeSuggestions, caplog: pytest.LogCaptureFixture
) -> None:
    mine = await joined(tab, alice, document)
    caplog.set_level("INFO", logger="webapp.consumers")
    outcome = {"request_id": "r1", "index": 0, "outcome": "accepted", "num_characters": 14}
    await mine.send({"type": "outcome", **outcome})
    await mine.all_frames()
    assert "r1/0 was accepted" in caplog.text

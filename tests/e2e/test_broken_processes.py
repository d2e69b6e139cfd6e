"""Processes that die while somebody writes: nothing is lost, the page says so, and goes on without a reload."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.e2e.editor_page import EditorPage
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"
# Proxies and libraries like to close what is silent for five or ten seconds.
IDLE_SECONDS = 12.0
# What the product promises.
BACK_WITHIN_SECONDS = 5.0
LONG = {"length": "paragraph", "numContinuations": 6, "maxTimeMs": 3000}


async def asks_until_answered(editor: EditorPage) -> list[str]:
    """Closes what is shown and presses Tab again, as a patient writer does."""

    async def suggestions() -> list[str]:
        await editor.close_menu()
        request_id = await editor.press_tab()
        await until(editor.state, lambda state: state in ("idle", "busy", "offline"))
        return [frame["text"] for frame in editor.watch.received_of("suggestion_extended", request_id)]

    return await until(suggestions, seconds=60)


async def test_a_worker_that_dies_while_it_writes_is_told_and_replaced(writers: Writers) -> None:
    editor = await writers.starts_writing(LONG)
    await editor.type(OPENING)
    await editor.press_tab()
    await until(editor.state, lambda state: state == "writing")
    await writers.system.kill("worker")
    # Rows with text stay and end; where no row has any, the page says what went wrong.
    await until(editor.state, lambda state: state in ("idle", "busy"))
    await editor.close_menu()
    await editor.type(" who")
    await editor.wait_until_saved()
    assert await asks_until_answered(editor)
    assert await editor.text() == OPENING + " who"


async def test_without_a_worker_the_page_says_that_nothing_can_answer(writers: Writers) -> None:
    editor = await writers.starts_writing({"maxTimeMs": 500})
    await editor.type(OPENING)
    worker = writers.system.pause("worker")

    async def says() -> str:
        await editor.close_menu()
        await editor.press_tab()
        await until(editor.state, lambda state: state not in ("waiting", "writing"))
        return await editor.status_text()

    try:
        await until(says, lambda text: "No checkpoint is ready" in text)
        assert await editor.page.get_by_text("no worker serves novels-7m at the moment").is_visible()
        await editor.press("Escape")
        await editor.type(" who")
        await editor.wait_until_saved()
    finally:
        worker.resume()
    assert await asks_until_answered(editor)


async def test_without_redis_one_writes_on_and_suggestions_come_back(writers: Writers, editor: EditorPage) -> None:
    await editor.type(OPENING)
    await editor.suggest()
    await editor.press("Escape")
    await writers.system.kill("redis")
    await editor.type(" who lived")
    await editor.wait_until_saved()
    assert await editor.state() != "offline"
    assert await asks_until_answered(editor)
    assert await editor.text() == OPENING + " who lived"


async def test_with_a_redis_that_hangs_suggestions_are_unavailable_and_edits_are_saved(
    writers: Writers, editor: EditorPage
) -> None:
    friend = await writers.follows(await editor.make_link())
    await editor.type(OPENING)
    redis = writers.system.pause("redis")
    try:
        await editor.press_tab()
        await until(editor.state, lambda state: state == "busy")
        assert "No checkpoint is ready" in await editor.status_text()
        await editor.press("Escape")
        await editor.type(" who lived")
        await editor.wait_until_saved()
        await friend.wait_for_text(OPENING + " who lived")
    finally:
        redis.resume()
    assert await asks_until_answered(editor)


async def test_a_web_process_that_dies_loses_nothing_and_editors_are_back_at_once(
    writers: Writers, editor: EditorPage
) -> None:
    writers.may_lose_server = True
    friend = await writers.follows(await editor.make_link())
    await editor.type("Before. ")
    await editor.wait_until_saved()
    await asyncio.gather(editor.page.keyboard.type("While it dies. ", delay=20), writers.system.kill("web"))
    await until(editor.saved_state, lambda state: state.startswith("Offline"))
    await editor.type("While it is away. ")
    await until(writers.system.is_serving, seconds=60)
    returned_at = time.monotonic()
    for tab in (editor, friend):
        await tab.wait_until_saved()
    assert time.monotonic() - returned_at < BACK_WITHIN_SECONDS
    await editor.type("After.")
    expected = "Before. While it dies. While it is away. After."
    await friend.wait_for_text(expected)
    assert await editor.text() == expected
    assert await asks_until_answered(editor)
    await editor.reload()
    assert await editor.text() == expected


async def test_a_socket_that_nobody_uses_stays_open(editor: EditorPage) -> None:
    await asyncio.sleep(IDLE_SECONDS)
    assert editor.watch.num_sockets_opened == 1
    assert editor.watch.num_sockets_closed == 0
    await editor.type("Still here.")
    await editor.wait_until_saved()
    assert editor.watch.num_sockets_opened == 1

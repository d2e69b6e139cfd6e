"""Tabs and browsers that die with edits that nobody saved: the next visit brings them in, once."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Dialog, Playwright, WebSocketRoute, async_playwright

from tests.e2e.chromium import launch_on_disk
from tests.e2e.editor_page import EditorPage
from tests.e2e.system import command_line
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

SAVED = "Saved before. "
UNSAVED = "Written on a train. "


@pytest_asyncio.fixture(loop_scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


async def goes_offline(editor: EditorPage, words: str = UNSAVED) -> None:
    await editor.page.context.set_offline(True)
    await until(editor.saved_state, lambda state: state.startswith("Offline"))
    await editor.type(words)
    await editor.wait_until_kept(words)


async def opens_again(writers: Writers, context: BrowserContext, url: str) -> EditorPage:
    await context.set_offline(False)
    editor = await writers.tab(context)
    await editor.open(url)
    return editor


async def writes_and_goes_offline(writers: Writers, context: BrowserContext) -> EditorPage:
    writers.may_lose_server = True
    editor = await writers.starts_writing_in(context)
    await editor.type(SAVED)
    await editor.wait_until_saved()
    await goes_offline(editor)
    return editor


async def is_there_once(writers: Writers, editor: EditorPage, text: str) -> None:
    """Here, after a reload, and no second time."""
    await editor.wait_for_text(text)
    await editor.page.get_by_text("offline change merged").wait_for()
    await editor.wait_until_saved()
    await editor.reload()
    assert await editor.text() == text
    assert not await editor.page.get_by_text("offline change merged").is_visible()


async def test_what_a_closed_tab_left_is_merged_on_the_next_visit(writers: Writers) -> None:
    context = await writers.new_browser()
    editor = await writes_and_goes_offline(writers, context)
    url = editor.page.url
    questions: list[Dialog] = []
    editor.page.on("dialog", lambda dialog: questions.append(dialog))
    async with editor.page.expect_event("close"):
        await editor.page.close(run_before_unload=True)
    assert not questions
    again = await opens_again(writers, context, url)
    await is_there_once(writers, again, SAVED + UNSAVED)


async def test_where_living_tabs_cannot_be_told_from_dead_ones_the_writer_is_asked(writers: Writers) -> None:
    """As on a page from http and another machine."""
    context = await writers.new_browser()
    editor = await writes_and_goes_offline(writers, context)
    url = editor.page.url
    await editor.page.close(run_before_unload=False)
    await context.set_offline(False)
    again = await writers.tab(context)
    await again.page.add_init_script("delete Navigator.prototype.locks")
    await again.open(url)
    await again.page.get_by_role("button", name="Merge them").click()
    await is_there_once(writers, again, SAVED + UNSAVED)


async def test_what_the_server_will_never_take_is_offered_as_a_draft(writers: Writers) -> None:
    context = await writers.new_browser()
    editor = await writes_and_goes_offline(writers, context)
    # A little later the text around it is kept too.
    await until(editor.kept_text, lambda text: text == SAVED)
    await editor.type("More.")
    await editor.wait_until_kept("More.")
    url = editor.page.url
    await editor.page.close(run_before_unload=False)
    await context.set_offline(False)
    again = await writers.tab(context)
    await again.page.route_web_socket("**/ws/**", forgetful_server)
    await again.open(url)
    await again.page.get_by_text("could not be saved and is kept in this browser").wait_for()
    assert await again.text() == SAVED
    await again.reload()
    await again.page.get_by_role("button", name="Replace the text").click()
    await again.wait_for_text(SAVED + UNSAVED + "More.")
    await again.wait_until_saved()
    await again.reload()
    assert await again.text() == SAVED + UNSAVED + "More."
    assert not await again.page.get_by_text("could not be saved").is_visible()


def forgetful_server(page: WebSocketRoute) -> None:
    """It has folded its history: nobody can go on from an earlier revision."""
    server = page.connect_to_server()

    def tell(message: str | bytes) -> None:
        frame = json.loads(message)
        if frame["type"] == "join" and frame["revision"] is not None:
            page.send(json.dumps({"type": "error", "code": "revision_unknown", "message": "revision is folded"}))
        else:
            server.send(message)

    page.on_message(tell)


async def test_a_tab_that_is_closed_at_once_keeps_the_last_words(writers: Writers) -> None:
    context = await writers.new_browser()
    editor = await writes_and_goes_offline(writers, context)
    url = editor.page.url
    await editor.type("And one more thing.")
    await editor.page.close(run_before_unload=False)
    again = await opens_again(writers, context, url)
    await again.wait_for_text(SAVED + UNSAVED + "And one more thing.")


async def test_what_a_crashed_page_left_is_merged_on_the_next_visit(writers: Writers) -> None:
    context = await writers.new_browser()
    editor = await writes_and_goes_offline(writers, context)
    url = editor.page.url
    async with editor.page.expect_event("crash"):
        # The address answers nothing, so nobody waits for it.
        crashing = asyncio.ensure_future(editor.page.goto("chrome://crash"))
    crashing.cancel()
    await editor.page.close()
    again = await opens_again(writers, context, url)
    await is_there_once(writers, again, SAVED + UNSAVED)


async def test_what_a_killed_browser_left_is_merged_on_the_next_visit(writers: Writers, playwright: Playwright) -> None:
    with tempfile.TemporaryDirectory(prefix="inkling-profile-", ignore_cleanup_errors=True) as folder:
        profile = Path(folder)
        context = await launch_on_disk(playwright, profile, base_url=writers.system.url)
        editor = await writes_and_goes_offline(writers, context)
        url = editor.page.url
        # Chromium writes new cookies down every half minute. A writer's is older.
        cookies: Any = await context.cookies()
        await kill_browser(profile)
        context = await launch_on_disk(playwright, profile, base_url=writers.system.url)
        await context.add_cookies(cookies)
        try:
            await is_there_once(writers, await opens_again(writers, context, url), SAVED + UNSAVED)
        finally:
            await context.close()


async def test_a_living_tab_takes_over_from_one_that_dies(writers: Writers) -> None:
    context = await writers.new_browser()
    survivor = await writers.starts_writing_in(context)
    await survivor.type(SAVED)
    await survivor.wait_until_saved()
    dying = await writers.tab(context)
    await dying.open(survivor.page.url)
    await context.set_offline(True)
    writers.may_lose_server = True
    await dying.press("Control+End")
    await goes_offline(dying)
    await context.set_offline(False)
    # The living tab's edits are its own to send: here they come from it, once.
    await survivor.wait_for_text(SAVED + UNSAVED)
    await goes_offline(dying, "Gone with the tab.")
    await dying.page.close(run_before_unload=False)
    await context.set_offline(False)
    await survivor.wait_for_text(SAVED + UNSAVED + "Gone with the tab.")
    await survivor.wait_until_saved()
    await survivor.reload()
    assert await survivor.text() == SAVED + UNSAVED + "Gone with the tab."


async def test_two_tabs_that_open_at_once_merge_once(writers: Writers) -> None:
    context = await writers.new_browser()
    editor = await writes_and_goes_offline(writers, context)
    url = editor.page.url
    await editor.page.close(run_before_unload=False)
    await context.set_offline(False)
    tabs = [await writers.tab(context), await writers.tab(context)]
    await asyncio.gather(*(tab.open(url) for tab in tabs))
    for tab in tabs:
        await tab.wait_for_text(SAVED + UNSAVED)
    said = [await tab.page.get_by_text("offline change merged").count() for tab in tabs]
    assert sorted(said) == [0, 1]


async def test_an_edit_that_was_saved_but_not_confirmed_is_not_doubled(writers: Writers) -> None:
    """The web process is frozen after the edit went out; it commits it when it goes on, and the tab is gone by then."""
    context = await writers.new_browser()
    writers.may_lose_server = True
    editor = await writers.starts_writing_in(context)
    await editor.type(SAVED)
    await editor.wait_until_saved()
    url = editor.page.url
    web = writers.system.pause("web")
    try:
        # The first letter is on its way before the others are typed, so they are two edits.
        await editor.page.keyboard.type(UNSAVED)
        await editor.wait_until_kept(UNSAVED[1:])
        await editor.page.close(run_before_unload=False)
    finally:
        web.resume()
    again = await opens_again(writers, context, url)
    await again.wait_for_text(SAVED + UNSAVED)
    await again.wait_until_saved()
    await again.reload()
    assert await again.text() == SAVED + UNSAVED


async def kill_browser(profile: Path) -> None:
    """As the kernel does when memory runs out: all of its processes, without a word."""
    processes = [each for each in psutil.process_iter() if str(profile) in " ".join(command_line(each))]
    assert processes
    for process in processes:
        process.kill()

    async def are_gone() -> bool:
        return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)

    await until(are_gone)

"""A writer whose connection goes away and comes back."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing

import pytest
from playwright.async_api import WebSocketRoute

from tests.e2e.editor_page import EditorPage
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_written_offline_is_kept_and_merged(writers: Writers) -> None:
    writers.may_lose_server = True
    editor = await writers.starts_writing_in(await writers.new_browser())
    await editor.type("Here. There.")
    await editor.wait_until_saved()
    friend = await writers.follows(await editor.make_link())
    await editor.page.context.set_offline(True)
    await editor.press("Control+End")
    await editor.type(" Written on a train.")
    await until(editor.saved_state, lambda state: state.startswith("Offline"))
    assert await editor.state() == "offline"
    await friend.press("Control+Home")
    await friend.type("Written at home. ")
    await friend.wait_until_saved()
    await editor.page.context.set_offline(False)
    await editor.wait_until_saved()
    expected = "Written at home. Here. There. Written on a train."
    await editor.wait_for_text(expected)
    await friend.wait_for_text(expected)
    await editor.page.get_by_text("merged with what others wrote meanwhile").wait_for()


async def test_two_writers_who_were_both_offline_are_merged(writers: Writers) -> None:
    writers.may_lose_server = True
    editor = await writers.starts_writing_in(await writers.new_browser())
    await editor.type("Here. There.")
    await editor.wait_until_saved()
    friend = await writers.follows(await editor.make_link())
    for tab in (editor, friend):
        await tab.page.context.set_offline(True)
        await until(tab.saved_state, lambda state: state.startswith("Offline"))
    await editor.press("Control+End")
    await editor.type(" On a train.")
    await friend.press("Control+Home")
    await friend.type("On a boat. ")
    for tab in (editor, friend):
        await until(tab.saved_state, lambda state: state.startswith("Offline, "))
        await tab.page.context.set_offline(False)
    for tab in (editor, friend):
        await tab.wait_for_text("On a boat. Here. There. On a train.")
        await tab.wait_until_saved()


async def test_a_database_that_is_locked_for_a_while_loses_nothing(writers: Writers, editor: EditorPage) -> None:
    await editor.type("Before. ")
    await editor.wait_until_saved()
    banner = editor.page.get_by_text("Saving fails at the moment")
    with closing(sqlite3.connect(writers.system.data_dir / "inkling.sqlite3", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        await editor.type("While it was locked. ")
        await banner.wait_for()
        assert re.fullmatch(r"Not saved, \d+ changes? kept here", await editor.saved_state())
        await editor.type("Still.")
        database.execute("ROLLBACK")
    await editor.wait_until_saved()
    await banner.wait_for(state="hidden")
    await editor.reload()
    assert await editor.text() == "Before. While it was locked. Still."


async def test_an_edit_that_is_refused_for_good_becomes_a_draft(writers: Writers) -> None:
    editor = await writers.starts_writing_in(await writers.new_browser())
    await editor.type("Before.")
    await editor.wait_until_saved()
    await editor.page.route_web_socket("**/ws/**", refusing_server)
    await editor.reload()
    await editor.press("Control+End")
    await editor.page.keyboard.type(" Too much.")
    await editor.page.get_by_text("fell out of step").wait_for()
    again = await writers.tab(editor.page.context)
    await again.open(editor.page.url)
    await again.page.get_by_role("button", name="Forget it").wait_for()
    assert await again.text() == "Before."
    await again.page.get_by_role("button", name="Forget it").click()
    await again.reload()
    assert not await again.page.get_by_text("could not be saved").is_visible()


def refusing_server(page: WebSocketRoute) -> None:
    server = page.connect_to_server()

    def tell(message: str | bytes) -> None:
        frame = json.loads(message)
        if frame["type"] == "edit":
            refusal = {
                "type": "edit_refused",
                "first_number": 0,
                "code": "too_long",
                "message": "The text is too long.",
            }
            page.send(json.dumps(refusal))
        else:
            server.send(message)

    page.on_message(tell)


async def test_a_browser_that_keeps_nothing_says_so_and_goes_on(writers: Writers) -> None:
    writers.may_lose_server = True
    editor = await writers.tab(await writers.new_browser())
    await editor.page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    await editor.page.goto("/")
    await editor.page.get_by_role("button", name="Start writing").first.click()
    await editor.wait_until_saved()
    warning = editor.page.get_by_text("This browser does not let pages keep anything")
    assert not await warning.is_visible()
    await editor.page.context.set_offline(True)
    await editor.type("On a train.")
    await warning.wait_for()
    await until(editor.saved_state, lambda state: state.endswith("on this page only"))
    await editor.page.context.set_offline(False)
    await editor.wait_until_saved()
    await editor.reload()
    assert await editor.text() == "On a train."


async def test_a_page_that_is_older_than_the_server_says_so_and_goes_on(writers: Writers) -> None:
    editor = await writers.tab(await writers.new_browser())
    await editor.page.route_web_socket("**/ws/**", newer_server)
    await editor.page.goto("/")
    await editor.page.get_by_role("button", name="Start writing").first.click()
    await editor.wait_until_saved()
    await editor.page.get_by_text("Inkling was updated").wait_for()
    await editor.type("Still saved.")
    await editor.wait_until_saved()
    await editor.page.get_by_role("button", name="Later").click()
    assert not await editor.page.get_by_text("Inkling was updated").is_visible()


def newer_server(page: WebSocketRoute) -> None:
    """The server of today, which calls itself that of tomorrow."""
    server = page.connect_to_server()

    def tell(message: str | bytes) -> None:
        frame = json.loads(message)
        page.send(json.dumps(frame | {"version": "tomorrow"} if frame["type"] == "welcome" else frame))

    server.on_message(tell)


async def test_a_suggestion_asked_for_offline_says_why_it_does_not_come(writers: Writers) -> None:
    writers.may_lose_server = True
    editor = await writers.starts_writing_in(await writers.new_browser())
    await editor.type("It was a dark night")
    await editor.page.context.set_offline(True)
    await until(editor.state, lambda state: state == "offline")
    await editor.press("Tab")
    await editor.page.get_by_text("Not connected").wait_for()
    await editor.page.context.set_offline(False)
    await editor.wait_until_saved()
    await editor.press("Escape")
    assert len(await editor.suggest()) == 3

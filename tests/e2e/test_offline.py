"""A writer whose connection goes away and comes back."""

from __future__ import annotations

import pytest

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

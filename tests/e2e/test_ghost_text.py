"""Suggestions that come by themselves, in grey, while somebody writes."""

from __future__ import annotations

import pytest
import pytest_asyncio

from tests.e2e.editor_page import EditorPage
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"
# Longer than any pause after which ghost text is asked for.
A_LONG_PAUSE_MS = 1500


@pytest_asyncio.fixture(loop_scope="session")
async def editor(writers: Writers) -> EditorPage:
    """With the switch off, as it is at first."""
    return await writers.starts_writing()


async def turn_on(editor: EditorPage) -> None:
    panel = await editor.open_panel()
    await panel.get_by_role("switch", name="Suggest while I write").check(force=True)
    await editor.content.click()


async def type_and_wait(editor: EditorPage) -> list[str]:
    """Types, pauses, and gives the suggestions when they are all there."""
    num_before = len(editor.watch.sent_of("suggest"))
    await editor.type(OPENING)
    suggestions = await editor.wait_for_rows_finished(await editor.wait_for_request(num_before))
    await until(editor.ghost.all_text_contents, lambda texts: texts == [suggestions[0]])
    return suggestions


async def test_it_comes_after_a_pause_and_tab_takes_it(editor: EditorPage) -> None:
    await turn_on(editor)
    suggestions = await type_and_wait(editor)
    assert await editor.text() == OPENING
    await editor.press("Tab")
    await editor.wait_for_text(OPENING + suggestions[0])
    await editor.wait_until_saved()
    assert await editor.machine_texts() == [suggestions[0]]


async def test_control_and_right_arrow_take_one_word(editor: EditorPage) -> None:
    await turn_on(editor)
    suggestions = await type_and_wait(editor)
    await editor.press("Control+ArrowRight")
    taken = (await until(editor.text, lambda text: text != OPENING)).removeprefix(OPENING)
    assert suggestions[0].startswith(taken)
    assert len(taken.split()) == 1
    assert await editor.ghost.all_text_contents() == [suggestions[0].removeprefix(taken)]
    await editor.press("Tab")
    await editor.wait_for_text(OPENING + suggestions[0])


async def test_alt_and_brackets_go_through_the_others(editor: EditorPage) -> None:
    await turn_on(editor)
    suggestions = await type_and_wait(editor)
    await editor.press("Alt+BracketRight")
    await until(editor.ghost.all_text_contents, lambda texts: texts == [suggestions[1]])
    await editor.press("Alt+BracketRight")
    await until(editor.ghost.all_text_contents, lambda texts: texts == [suggestions[2]])
    await editor.press("Alt+BracketLeft")
    await until(editor.ghost.all_text_contents, lambda texts: texts == [suggestions[1]])
    await editor.press("Tab")
    await editor.wait_for_text(OPENING + suggestions[1])


async def test_escape_sends_it_away_and_nothing_is_inserted(editor: EditorPage) -> None:
    await turn_on(editor)
    await type_and_wait(editor)
    await editor.press("Escape")
    await until(editor.ghost.count, lambda number: number == 0)
    assert await editor.text() == OPENING


async def test_typing_along_keeps_it(editor: EditorPage) -> None:
    await turn_on(editor)
    suggestions = await type_and_wait(editor)
    await editor.type(suggestions[0][:4])
    await until(editor.ghost.all_text_contents, lambda texts: texts == [suggestions[0][4:]])
    assert len(editor.watch.sent_of("suggest")) == 1


async def test_it_never_comes_with_the_switch_off_nor_after_a_deletion(writers: Writers) -> None:
    editor = await writers.tab(await writers.new_browser())
    # The page's clock is the test's, so that a pause costs nothing.
    await editor.page.clock.install()
    await editor.page.goto("/")
    await editor.page.get_by_role("button", name="Start writing").first.click()
    await editor.wait_until_saved()
    await editor.type(OPENING)
    await editor.page.clock.fast_forward(A_LONG_PAUSE_MS)
    assert editor.watch.sent_of("suggest") == []
    await turn_on(editor)
    await editor.press("Backspace")
    await editor.wait_for_text(OPENING[:-1])
    await editor.page.clock.fast_forward(A_LONG_PAUSE_MS)
    assert editor.watch.sent_of("suggest") == []
    await editor.type("n")
    await editor.page.clock.fast_forward(A_LONG_PAUSE_MS)
    await editor.wait_for_request(0)

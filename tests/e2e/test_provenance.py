"""Who and what wrote each word stays known through copying, cutting, undoing and reloading, in every browser."""

from __future__ import annotations

import pytest

from tests.e2e.editor_page import EditorPage
from tests.e2e.test_sharing import make_reading_link
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"


async def take_suggestion(editor: EditorPage) -> str:
    """After the opening; returns the machine's words."""
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    await editor.press("Enter")
    await editor.wait_for_text(OPENING + suggestions[0])
    await editor.wait_until_saved()
    return suggestions[0]


async def select_last(editor: EditorPage, text: str) -> None:
    await editor.press("Control+End")
    for _ in text:
        await editor.press("Shift+ArrowLeft")


async def sees(editor: EditorPage, *marked: str) -> None:
    """Exactly these words are marked as a machine's, however the page divides them."""
    await until(editor.machine_texts, lambda found: "".join(found) == "".join(marked))


async def test_a_machine_s_words_stay_marked_where_they_are_pasted(writers: Writers, editor: EditorPage) -> None:
    words = await take_suggestion(editor)
    await select_last(editor, words)
    await editor.press("Control+c")
    await editor.press("Control+End")
    await editor.type(" So. ")
    await editor.press("Control+v")
    await editor.wait_for_text(f"{OPENING}{words} So. {words}")
    await editor.wait_until_saved()
    await sees(editor, words, words)
    friend = await writers.follows(await editor.make_link())
    await sees(friend, words, words)
    await editor.reload()
    await sees(editor, words, words)


async def test_a_machine_s_words_stay_marked_where_they_are_moved_in_another_tab(
    writers: Writers, editor: EditorPage
) -> None:
    words = await take_suggestion(editor)
    other = await writers.tab(editor.page.context)
    await other.open(editor.page.url)
    await select_last(editor, words)
    await editor.press("Control+x")
    await editor.wait_until_saved()
    await other.wait_for_text(OPENING)
    await other.content.click()
    await other.press("Control+Home")
    await other.press("Control+v")
    await other.wait_for_text(words + OPENING)
    await sees(other, words)
    await editor.wait_for_text(words + OPENING)
    await sees(editor, words)


async def test_words_of_another_are_still_theirs_when_their_deletion_is_undone(
    writers: Writers, editor: EditorPage
) -> None:
    words = await take_suggestion(editor)
    friend = await writers.follows(await editor.make_link())
    await friend.content.click()
    await friend.press("Control+a")
    await friend.press("Delete")
    await editor.wait_for_text("")
    await friend.press("Control+z")
    await editor.wait_for_text(OPENING + words)
    await sees(editor, words)
    await sees(friend, words)
    await friend.wait_until_saved()
    await friend.reload()
    await sees(friend, words)
    # The one who deleted them and brought them back is not among those who wrote them.
    assert await writers_of(friend) == await writers_of(editor)
    assert len(await writers_of(friend)) == 1


async def test_a_reader_sees_at_once_what_a_machine_wrote(writers: Writers, editor: EditorPage) -> None:
    await editor.type(OPENING)
    reader = (await writers.tab(await writers.new_browser())).page
    await reader.goto(await make_reading_link(editor))
    share = reader.locator("#machine-share")
    await until(share.inner_text, lambda text: text == "Every word was written by people.")
    suggestions = await editor.suggest()
    await editor.press("Enter")
    await until(reader.locator("#text mark").all_text_contents, lambda found: found == [suggestions[0].strip("\n")])
    await until(share.inner_text, lambda text: text.startswith("Language models wrote"))
    drawn_here = await reader.locator("#text").inner_html()
    await reader.reload()
    assert await reader.locator("#text").inner_html() == drawn_here


async def writers_of(editor: EditorPage) -> list[str]:
    """The people whom the legend names."""
    await editor.open_panel()
    return await editor.page.locator(".writers-list .writer-text").all_inner_texts()

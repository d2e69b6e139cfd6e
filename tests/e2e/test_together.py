"""Documents that stay, and documents that several people write in."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.editor_page import EditorPage
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"


# Where the text ends, and every caret that is drawn: pixels from the left.
FIND_CARETS = """() => {
  const range = document.createRange()
  range.selectNodeContents([...document.querySelectorAll(".cm-line")].at(-1))
  const carets = [...document.querySelectorAll(".cm-cursor, .remote-caret")].filter((one) => one.checkVisibility())
  return [[...range.getClientRects()].at(-1).right, ...carets.map((one) => one.getBoundingClientRect().left)]
}"""


async def settle(*editors: EditorPage) -> str:
    """Everything is saved and everybody has the same text, which is returned."""

    async def texts() -> set[str]:
        return {await editor.text() for editor in editors}

    for editor in editors:
        await editor.wait_until_saved()
    (text,) = await until(texts, lambda found: len(found) == 1)
    return text


async def test_a_reload_and_a_friend_find_the_same_text_and_the_same_marks(
    writers: Writers, editor: EditorPage
) -> None:
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    await editor.press("Enter")
    await editor.type(" And so on.")
    await editor.wait_until_saved()
    text = OPENING + suggestions[0] + " And so on."
    await editor.reload()
    assert await editor.text() == text
    assert await editor.machine_texts() == [suggestions[0]]
    friend = await writers.follows(await editor.make_link())
    assert await friend.text() == text
    assert await friend.machine_texts() == [suggestions[0]]


async def test_after_a_reload_one_caret_stands_at_the_end_of_the_text(editor: EditorPage) -> None:
    await editor.type(OPENING)
    await editor.suggest()
    await editor.press("Enter")
    await editor.wait_until_saved()
    await editor.reload()

    async def carets() -> list[float]:
        return list(await editor.page.evaluate(FIND_CARETS))

    await until(carets, lambda found: len(found) == 2 and abs(found[0] - found[1]) < 2)


async def test_two_who_write_at_once_end_with_the_same_text(writers: Writers, editor: EditorPage) -> None:
    await editor.type("Here. There.")
    await editor.wait_until_saved()
    friend = await writers.follows(await editor.make_link())
    await editor.press("Control+Home")
    await friend.press("Control+End")
    mine, theirs = "The first of us writes at the beginning. ", " The second one writes at the end."
    await asyncio.gather(
        editor.page.keyboard.type(mine, delay=15),
        friend.page.keyboard.type(theirs, delay=15),
    )
    expected = mine + "Here. There." + theirs
    await until(lambda: settle(editor, friend), lambda text: text == expected)


async def test_two_who_write_at_the_same_place_end_with_the_same_text(writers: Writers, editor: EditorPage) -> None:
    friend = await writers.follows(await editor.make_link())
    await asyncio.gather(
        editor.page.keyboard.type("aaaaaaaaaaaaaaa", delay=20),
        friend.page.keyboard.type("bbbbbbbbbbbbbbb", delay=20),
    )
    await until(lambda: settle(editor, friend), lambda text: sorted(text) == sorted("a" * 15 + "b" * 15))


async def test_each_sees_the_other_s_name_and_caret(writers: Writers, editor: EditorPage) -> None:
    await editor.type("One line.")
    friend = await writers.follows(await editor.make_link())
    assert await editor.carets.count() == 0 or await editor.people.count() == 1
    await until(editor.people.count, lambda number: number == 1)
    await until(friend.people.count, lambda number: number == 1)
    await friend.press("Control+Home")
    await friend.type("Hello. ")
    await until(editor.carets.all_inner_texts, lambda names: len(names) == 1 and names[0])
    await editor.press("Home")
    await until(friend.carets.all_inner_texts, lambda names: len(names) == 1 and names[0])
    (name,) = await editor.carets.all_inner_texts()
    assert name in await editor.people.first.inner_text()
    await friend.page.close()
    await until(editor.people.count, lambda number: number == 0)
    await until(editor.carets.count, lambda number: number == 0)


async def test_the_suggestion_that_a_friend_takes_is_marked_for_both(writers: Writers, editor: EditorPage) -> None:
    await editor.type(OPENING)
    await editor.wait_until_saved()
    friend = await writers.follows(await editor.make_link())
    suggestions = await friend.suggest()
    # A suggestion is its asker's alone.
    assert await editor.rows.count() == 0
    await friend.press("Enter")
    await editor.wait_for_text(OPENING + suggestions[0])
    assert await editor.machine_texts() == await friend.machine_texts() == [suggestions[0]]


async def test_a_stranger_does_not_find_the_document(writers: Writers, editor: EditorPage) -> None:
    stranger = await writers.new_browser()
    response = await stranger.request.get(editor.page.url)
    assert response.status == 404

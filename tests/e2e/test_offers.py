"""A suggestion that one person was given, offered to everybody who writes in the document."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Locator, Page

from tests.e2e.editor_page import EditorPage
from tests.e2e.test_accessibility import PHONE, serious_findings
from tests.e2e.test_sharing import make_reading_link, reader
from tests.e2e.test_together import settle
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"
# Whether the stack covers the line that the caret is in.
COVERS_CARET = """() => {
  const stack = document.getElementById("offers").getBoundingClientRect()
  const caret = document.querySelector(".cm-cursor-primary").getBoundingClientRect()
  return stack.left < caret.right && stack.right > caret.left && stack.top < caret.bottom && stack.bottom > caret.top
}"""
IS_IN_TEXT = """() => document.activeElement.classList.contains("cm-content")"""


def cards(page: Page) -> Locator:
    return page.locator("#offers .offer")


async def notes(page: Page) -> list[str]:
    return await page.locator("#offers .offer-note").all_inner_texts()


async def friend_of(writers: Writers, editor: EditorPage, **options: object) -> EditorPage:
    """Somebody else in the document, once each knows of the other."""
    friend = await writers.follows(await editor.make_link(), **options)
    await until(editor.people.count)
    await until(friend.people.count)
    return friend


async def offer(editor: EditorPage) -> str:
    """Writes, asks, and offers the first suggestion, which is returned."""
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    await editor.press("ArrowDown")
    await editor.press("Alt+o")
    await cards(editor.page).wait_for()
    await editor.close_menu()
    return suggestions[0]


async def test_an_offer_is_taken_by_a_friend_and_credited_to_both(writers: Writers, editor: EditorPage) -> None:
    friend = await friend_of(writers, editor)
    text = await offer(editor)
    card = cards(friend.page)
    await card.wait_for()
    assert await card.locator(".offer-new").inner_text() == text.rstrip()
    assert "novels-7m" in await card.locator(".offer-head").inner_text()
    await card.get_by_role("button", name="Take it").click()
    await editor.wait_for_text(OPENING + text)
    assert await settle(editor, friend) == OPENING + text
    assert await friend.page.evaluate(IS_IN_TEXT)
    asker, taker = [str(name) for name in await names(editor, friend)]
    await until(lambda: notes(editor.page), lambda found: found == [f"Taken by {taker}."])
    await until(cards(friend.page).count, lambda number: number == 0)
    await friend.reload()
    assert await friend.machine_texts() == [text]
    await friend.content.locator(".machine-text").hover()
    told = await friend.page.locator(".machine-tooltip").inner_text()
    assert f"suggested to {asker}, accepted by {taker} at " in told
    assert "not verified" not in told


async def names(*editors: EditorPage) -> list[str]:
    return [editor.watch.received_of("welcome")[-1]["session"]["name"] for editor in editors]


async def test_an_offer_is_withdrawn_by_keyboard(writers: Writers, editor: EditorPage) -> None:
    friend = await friend_of(writers, editor)
    await offer(editor)
    await cards(friend.page).wait_for()
    assert await friend.page.evaluate(IS_IN_TEXT), "a card took the focus"
    await editor.press("Alt+o")
    await editor.press("Tab")
    assert await editor.page.evaluate("() => document.activeElement.textContent") == "Withdraw"
    await editor.press("Enter")
    assert await editor.page.evaluate(IS_IN_TEXT)
    (asker,) = await names(editor)
    await until(lambda: notes(friend.page), lambda found: found == [f"Withdrawn by {asker}."])
    assert await settle(editor, friend) == OPENING


async def test_a_reader_sees_no_offer(writers: Writers, editor: EditorPage) -> None:
    friend = await friend_of(writers, editor)
    page = await reader(writers, await make_reading_link(editor))
    watch = writers.watches[-1]
    text = await offer(editor)
    await cards(friend.page).wait_for()
    await page.locator("#text").get_by_text(OPENING).wait_for()
    assert text.strip() not in await page.locator("body").inner_text()
    assert [*watch.received_of("offers"), *watch.received_of("offer_made")] == []


async def test_where_the_text_has_changed_it_goes_to_the_takers_caret(writers: Writers, editor: EditorPage) -> None:
    friend = await friend_of(writers, editor)
    text = await offer(editor)
    await editor.type(" slept.")
    await until(lambda: notes(friend.page), lambda found: found == ["The text there has changed."])
    await settle(editor, friend)
    await friend.content.click()
    await friend.press("Control+End")
    await cards(friend.page).get_by_role("button", name="Insert at my caret").click()
    await editor.wait_for_text(f"{OPENING} slept.{text}")


async def test_a_late_joiner_and_two_takers(writers: Writers, editor: EditorPage) -> None:
    address = await editor.make_link()
    first = await writers.follows(address)
    await until(editor.people.count)
    text = await offer(editor)
    second = await writers.follows(address)
    takes = [cards(each.page).get_by_role("button", name="Take it") for each in (first, second)]
    # The buttons themselves: one of them may be gone before it is pressed.
    buttons = [await take.element_handle() for take in takes]
    await asyncio.gather(*(button.evaluate("(button) => button.click()") for button in buttons))
    await until(cards(first.page).count, lambda number: number == 0)
    await editor.wait_for_text(OPENING + text)
    assert await settle(editor, first, second) == OPENING + text


@pytest.mark.parametrize("options", [{}, PHONE | {"color_scheme": "dark"}], ids=["desk", "phone"])
async def test_cards_make_way_for_the_line_and_can_be_used_by_all(
    writers: Writers, editor: EditorPage, options: dict[str, object]
) -> None:
    friend = await friend_of(writers, editor, **(options or {"viewport": {"width": 900, "height": 600}}))
    await offer(editor)
    await cards(friend.page).wait_for()
    assert await serious_findings(friend.page) == []
    await friend.content.click()
    await friend.press("Control+End")
    for _ in range(30):
        await friend.press("Enter")
        assert not await friend.page.evaluate(COVERS_CARET)

"""Looking back: the timeline, what changed, and the ways back, in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.e2e.editor_page import EditorPage
from tests.e2e.test_accessibility import OVERFLOW, PHONE, serious_findings
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"


async def text_of(page: Page) -> str:
    return "\n".join(await page.locator(".cm-line").all_inner_texts())


async def open_history(editor: EditorPage, query: str = "") -> Page:
    await editor.wait_until_saved()
    address = editor.page.url
    await editor.page.goto(f"{address}history/{query}")
    await editor.page.locator(".entry").first.wait_for()
    return editor.page


async def write_with_a_suggestion(editor: EditorPage) -> str:
    """Returns what was taken."""
    await editor.type(OPENING)
    suggestion = (await editor.suggest())[0]
    await editor.press("Enter")
    await editor.wait_for_text(OPENING + suggestion)
    return suggestion


async def test_the_timeline_tells_who_wrote_and_what_a_machine_wrote(editor: EditorPage) -> None:
    suggestion = await write_with_a_suggestion(editor)
    page = await open_history(editor)
    words = await page.locator(".entry-words").all_inner_texts()
    assert words[0].endswith("took from novels-7m")
    assert words[1].endswith("typed")
    await page.locator(".entry").nth(1).click()
    await until(lambda: text_of(page), lambda text: text == OPENING)
    await page.get_by_label("The entry after").click()
    await until(lambda: text_of(page), lambda text: text == OPENING + suggestion)
    assert await page.locator(".machine-text").all_text_contents() == [suggestion]


async def test_a_link_leads_to_a_revision_and_what_changed_is_marked(editor: EditorPage) -> None:
    suggestion = await write_with_a_suggestion(editor)
    page = await open_history(editor, "?show=changes")
    await until(page.locator("ins.is-inserted").all_text_contents, lambda found: "".join(found) == suggestion)
    await page.get_by_label("The entry before").click()
    await until(lambda: text_of(page), lambda text: text == OPENING)
    address = page.url
    assert "revision=" in address
    await page.goto(address)
    await until(lambda: text_of(page), lambda text: text == OPENING)


async def test_one_goes_from_change_to_change_by_buttons_and_keys(editor: EditorPage) -> None:
    await editor.type("One. Two. Three.")
    await editor.wait_until_saved()
    page = await open_history(editor)
    begin = int((await page.locator("#head-number").inner_text()).replace(",", ""))
    await page.get_by_role("link", name="Back to the page").click()
    await editor.wait_until_saved()
    await editor.press("Control+Home")
    await editor.type("Zero. ")
    await editor.press("Control+End")
    await editor.type(" Four.")
    page = await open_history(editor, f"?show=present&revision={begin}")
    count = page.locator("[data-change=count]")
    await until(count.inner_text, lambda text: text == "Change 1 of 2")
    await page.get_by_role("button", name="The change after").click()
    await until(page.locator(".is-chosen").all_text_contents, lambda found: "Four" in "".join(found))
    await page.keyboard.press("Alt+ArrowUp")
    await until(count.inner_text, lambda text: text == "Change 1 of 2")
    await page.get_by_text("Text", exact=True).click()
    await count.wait_for(state="hidden")


async def test_whose_access_is_taken_back_is_told_while_the_history_is_open(
    writers: Writers, editor: EditorPage
) -> None:
    await editor.type("One line.")
    friend = await writers.follows(await editor.make_link())
    page = await open_history(friend)
    await until(lambda: text_of(page), lambda text: text == "One line.")
    assert await page.get_by_role("button", name="Restore", exact=True).is_visible()
    await editor.page.get_by_role("button", name="Share", exact=True).click()
    await editor.page.get_by_role("button", name="Take back").click()
    await page.get_by_text("Your access to this page was taken back").wait_for()
    await page.get_by_role("button", name="Restore", exact=True).wait_for(state="hidden")
    assert await text_of(page) == "One line."
    # The browser itself notes on the console that the page is not there any more.
    friend.watch.problems = [problem for problem in friend.watch.problems if "status of 404" not in problem]


async def test_an_open_history_hears_of_a_new_name_and_of_what_is_written(editor: EditorPage) -> None:
    await editor.type("One line.")
    await editor.wait_until_saved()
    context = editor.page.context
    other = await context.new_page()
    await other.goto(f"{editor.page.url}history/")
    title = other.locator("#title")
    await until(title.inner_text, lambda text: text == "One line.")
    before = await other.locator("#head-number").inner_text()
    await editor.page.get_by_label("Title").fill("The lighthouse")
    await editor.press("Enter")
    await editor.content.click()
    await editor.type(" And more.")
    await until(title.inner_text, lambda text: text == "The lighthouse")
    await until(other.locator("#head-number").inner_text, lambda text: text != before)
    await other.close()


async def test_restoring_brings_the_text_back_in_open_tabs(writers: Writers, editor: EditorPage) -> None:
    await editor.type("One. ")
    await editor.wait_until_saved()
    friend = await writers.follows(await editor.make_link())
    page = await open_history(editor)
    await until(lambda: text_of(page), lambda text: "One." in text)
    address = page.url
    await friend.press("Control+a")
    await friend.press("Delete")
    await friend.type("Other words.")
    await friend.wait_until_saved()
    await page.goto(address)
    await until(lambda: text_of(page), lambda text: "One." in text)
    await page.get_by_role("button", name="Restore", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    await until(friend.text, lambda text: "One." in text)


async def test_the_slider_and_playing_work_from_the_keyboard(editor: EditorPage) -> None:
    await editor.type("abc")
    page = await open_history(editor)
    await page.locator("#revision").focus()
    await page.keyboard.press("Home")
    await until(page.locator("#moment").inner_text, lambda text: text == "The beginning")
    await page.get_by_role("button", name="Play").focus()
    await page.keyboard.press("Enter")
    await until(lambda: text_of(page), lambda text: text == "abc")


async def test_the_history_is_for_every_eye_and_hand(writers: Writers) -> None:
    for theme in ("light", "dark"):
        editor = await writers.starts_writing(color_scheme=theme, **PHONE)
        await editor.content.click()
        await editor.type("One line.")
        page = await open_history(editor, "?show=changes")
        await page.locator("ins.is-inserted").first.wait_for()
        assert await serious_findings(page) == []
        assert await page.evaluate(OVERFLOW) <= 0


async def test_the_panel_tells_who_wrote_how_much_and_colours_it(editor: EditorPage) -> None:
    suggestion = await write_with_a_suggestion(editor)
    # Halves are rounded up, as browsers do it; Python's round() goes to the even number.
    percent = int(100 * len(suggestion) / len(OPENING + suggestion) + 0.5)
    meter = editor.page.locator(".status-machine")
    await until(meter.inner_text, lambda text: text == f"{percent} % machine-written")
    panel = await editor.open_panel()
    await panel.get_by_role("switch", name="Colour by writer").check()
    await until(editor.content.locator(".writer-text").all_text_contents, lambda texts: texts == [OPENING])
    assert await editor.machine_texts() == [suggestion]
    assert await serious_findings(editor.page) == []
    await editor.wait_until_saved()
    await editor.reload()
    await until(editor.content.locator(".writer-text").all_text_contents, lambda texts: texts == [OPENING])
    assert await editor.machine_texts() == [suggestion]


async def test_an_edited_suggestion_says_so(editor: EditorPage) -> None:
    await write_with_a_suggestion(editor)
    await editor.press("Backspace")
    await editor.content.locator(".machine-text").first.hover()
    tooltip = editor.page.locator(".machine-tooltip")
    await tooltip.wait_for()
    assert "edited since" in await tooltip.inner_text()

"""The pages for people who use a keyboard, a screen reader, a dark screen or a phone."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page

from tests.e2e.editor_page import EditorPage
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

OPENING = "It was a dark night, and the old man"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}

# What Tab has to reach: everything that can be seen and used. Of a group of radio buttons, the one that is on.
FIND_TABBABLE = """() => {
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]"
  const isSeen = (one) => one.checkVisibility({ visibilityProperty: true })
  const isTabbable = (one) => one.tabIndex >= 0 && !one.disabled && (one.type !== "radio" || one.checked) && isSeen(one)
  globalThis.toReach = new Set([...document.querySelectorAll(kinds)].filter(isTabbable))
  return globalThis.toReach.size
}"""
NOTE_FOCUS = """() => {
  globalThis.toReach.delete(document.activeElement)
  return [...globalThis.toReach].map((one) => one.outerHTML.slice(0, 120))
}"""
IS_IN_TEXT = """() => document.activeElement.classList.contains("cm-content")"""
OVERFLOW = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"


async def serious_findings(page: Page) -> list[str]:
    results = await Axe().run(page)
    return [
        f"{finding['id']}: {node['html']} {node['failureSummary']}"
        for finding in results.response["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


@pytest.mark.parametrize(
    ("size", "theme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "dark")], ids=["light", "dark", "phone"]
)
async def test_axe_finds_nothing_serious(writers: Writers, size: dict[str, Any], theme: str) -> None:
    editor = await writers.starts_writing(color_scheme=theme, **size)
    findings = {"an empty document": await serious_findings(editor.page)}
    if not await editor.panel.is_visible():
        await editor.open_panel()
    findings["the panel"] = await serious_findings(editor.page)
    await editor.press("Escape")
    await editor.content.click()
    await editor.type(OPENING)
    await editor.suggest()
    await editor.press("ArrowDown")
    findings["suggestions"] = await serious_findings(editor.page)
    await editor.press("Enter")
    await editor.wait_until_saved()
    await editor.page.get_by_role("button", name="Share", exact=True).click()
    findings["the link"] = await serious_findings(editor.page)
    await editor.page.goto("/")
    findings["home"] = await serious_findings(editor.page)
    await editor.page.goto("/checkpoints/novels-7m/")
    findings["a checkpoint"] = await serious_findings(editor.page)
    assert {place: found for place, found in findings.items() if found} == {}


async def test_the_editor_can_be_left_and_everything_reached_by_keyboard(editor: EditorPage) -> None:
    page = editor.page
    assert await page.evaluate(IS_IN_TEXT)
    await editor.suggest()
    assert await page.evaluate(IS_IN_TEXT)
    await editor.press("Escape")
    await editor.menu.wait_for(state="hidden")
    num_tabbable = await page.evaluate(FIND_TABBABLE)
    unreached = await page.evaluate(NOTE_FOCUS)
    for _ in range(2 * num_tabbable):
        if await page.evaluate(IS_IN_TEXT):
            await editor.press("Escape")
        await editor.press("Tab")
        unreached = await page.evaluate(NOTE_FOCUS)
    assert unreached == []


async def test_the_panel_opens_and_closes_by_keyboard(editor: EditorPage) -> None:
    was_open = await editor.panel.is_visible()
    await editor.press("Control+.")
    assert await editor.panel.is_visible() != was_open
    await editor.press("Control+.")
    assert await editor.panel.is_visible() == was_open


async def test_home_to_first_words_without_a_mouse(writers: Writers) -> None:
    editor = await writers.tab(await writers.new_browser())
    await editor.page.goto("/")
    start = editor.page.get_by_role("button", name="Start writing").first

    async def tab_to_start() -> bool:
        await editor.press("Tab")
        return bool(await start.evaluate("(button) => button === document.activeElement"))

    await until(tab_to_start)
    await editor.press("Enter")
    await editor.wait_until_saved()
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    await editor.press("Enter")
    await editor.wait_for_text(OPENING + suggestions[0])


async def test_a_screen_reader_hears_what_came_and_what_was_inserted(editor: EditorPage) -> None:
    announcer = editor.page.locator("#announcer")
    await editor.type(OPENING)
    suggestions = await editor.suggest()
    await until(announcer.inner_text, lambda text: text.startswith("3 suggestions. First: "))
    await editor.press("ArrowDown")
    chosen = await editor.chosen.get_attribute("id")
    assert await editor.content.get_attribute("aria-activedescendant") == chosen
    await editor.press("Enter")
    await until(announcer.inner_text, lambda text: text.startswith("Inserted "))
    assert suggestions[0].split()[0] in await announcer.inner_text()


async def test_on_a_phone_a_chip_is_accepted_and_nothing_scrolls_sideways(writers: Writers) -> None:
    editor = await writers.starts_writing(**PHONE)
    page = editor.page
    await editor.content.tap()
    await editor.type(OPENING)
    await page.get_by_role("button", name="Suggest", exact=True).tap()
    suggestions = await editor.wait_for_rows_finished(await editor.wait_for_request(0))
    assert await page.evaluate(OVERFLOW) <= 0
    await page.locator("#chips").get_by_role("button", name=suggestions[1].strip(), exact=True).tap()
    await editor.wait_for_text(OPENING + suggestions[1])
    assert await page.evaluate(OVERFLOW) <= 0
    await editor.open_panel()
    assert await page.evaluate(OVERFLOW) <= 0
    for path in ("/", "/checkpoints/novels-7m/"):
        await page.goto(path)
        assert await page.evaluate(OVERFLOW) <= 0, path

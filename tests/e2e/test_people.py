"""Who is here: their names, what they do, and going along with them."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator

from tests.e2e.editor_page import EditorPage
from tests.e2e.test_accessibility import PHONE, serious_findings
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

PARAGRAPHS = "\n".join(f"Paragraph {number} of a text that is longer than a window." for number in range(60))
SCROLL_TOP = """() => document.querySelector(".cm-scroller").scrollTop"""
IS_CARET_COMFORTABLE = """() => {
  const caret = document.querySelector(".remote-caret")?.getBoundingClientRect()
  const desk = document.querySelector(".cm-scroller").getBoundingClientRect()
  return Boolean(caret) && caret.top > desk.top + 0.2 * desk.height && caret.bottom < desk.bottom - 0.2 * desk.height
}"""


def lines(editor: EditorPage) -> Locator:
    return editor.page.get_by_role("list", name="Who is here").get_by_role("button")


async def open_list(editor: EditorPage) -> Locator:
    await editor.page.locator(".people-summary").click()
    await lines(editor).first.wait_for()
    return lines(editor)


async def call_oneself(editor: EditorPage, name: str) -> None:
    await (await open_list(editor)).filter(has_text="you").click()
    await editor.page.get_by_label("Name", exact=True).fill(name)
    await editor.press("Enter")
    await editor.page.get_by_role("dialog", name="What others call you").wait_for(state="hidden")


async def count(editor: EditorPage) -> str:
    return str(await editor.page.locator(".people-count").text_content())


async def scroll_top(editor: EditorPage) -> float:
    return float(await editor.page.evaluate(SCROLL_TOP))


async def is_caret_comfortable(editor: EditorPage) -> bool:
    return bool(await editor.page.evaluate(IS_CARET_COMFORTABLE))


async def test_a_guest_takes_a_name_that_others_see_at_once_and_that_stays(writers: Writers) -> None:
    # In a browser of its own, since the name stays in it.
    editor = await writers.starts_writing(viewport={"width": 1280, "height": 800})
    friend = await writers.follows(await editor.make_link())
    await call_oneself(editor, "Ada Lovelace")
    face = friend.people.first
    await until(face.inner_text, lambda text: "Ada Lovelace" in text)
    await editor.content.click()
    await editor.type("Hello.")
    await until(friend.carets.all_inner_texts, lambda names: names == ["Ada Lovelace"])
    await editor.reload()
    own = (await open_list(editor)).filter(has_text="you")
    assert "Ada Lovelace" in await own.inner_text()
    await editor.press("Escape")
    assert await editor.page.evaluate("() => document.activeElement.className") == "people-summary"


async def test_a_name_that_deceives_is_refused_and_a_single_word_bears_a_mark(writers: Writers) -> None:
    editor = await writers.starts_writing(viewport={"width": 1280, "height": 800})
    await (await open_list(editor)).first.click()
    name = editor.page.get_by_label("Name", exact=True)
    await name.fill("Ada\u202eecalevoL")
    await editor.press("Enter")
    problem = editor.page.locator("#introduce-problem")
    await until(problem.inner_text, lambda text: "1 to 40" in text)
    await name.fill("ada")
    await editor.press("Enter")
    await editor.page.locator("#introduce").wait_for(state="hidden")
    await until((await open_list(editor)).first.inner_text, lambda text: "ada (guest)" in text)


async def test_who_writes_and_who_reads_is_counted(writers: Writers, editor: EditorPage) -> None:
    assert await count(editor) == "Only you"
    friend = await writers.follows(await editor.make_link())
    await until(lambda: count(editor), lambda text: text == "2 writing")
    await friend.page.close()
    await until(lambda: count(editor), lambda text: text == "Only you")


async def test_the_page_goes_along_with_whom_one_follows_until_one_writes(writers: Writers, editor: EditorPage) -> None:
    await editor.page.keyboard.insert_text(PARAGRAPHS)
    await editor.wait_until_saved()
    friend = await writers.follows(await editor.make_link())
    await friend.press("Control+End")
    await editor.press("Control+Home")
    await until(lambda: scroll_top(editor), lambda top: top < 100)
    await editor.people.get_by_role("button").click()
    following = editor.page.locator("#following p")
    await until(following.inner_text, lambda text: text.startswith("Following ") and text.endswith(". Esc stops"))
    await until(lambda: is_caret_comfortable(editor))
    await friend.press("Control+Home")
    await until(lambda: scroll_top(editor), lambda top: top < 100)
    await friend.press("Control+End")
    await until(lambda: scroll_top(editor), lambda top: top > 500)
    await editor.press("Escape")
    await until(following.inner_text, lambda text: text == "")
    await friend.press("Control+Home")
    await friend.type("Not followed. ")
    await until(editor.text, lambda text: text.startswith("Not followed. "))
    assert await scroll_top(editor) > 500
    await editor.people.get_by_role("button").click()
    await until(lambda: scroll_top(editor), lambda top: top < 100)
    await editor.type("x")
    await until(following.inner_text, lambda text: text == "")


async def test_following_ends_when_the_followed_leaves(writers: Writers, editor: EditorPage) -> None:
    friend = await writers.follows(await editor.make_link())
    await editor.people.get_by_role("button").click()
    following = editor.page.locator("#following p")
    await until(following.inner_text)
    await friend.page.close()
    await until(following.inner_text, lambda text: text == "")


async def test_a_friend_who_waits_for_a_suggestion_bears_a_mark(writers: Writers, editor: EditorPage) -> None:
    friend = await writers.follows(await editor.make_link())
    await friend.type("It was a dark night, and")
    await friend.press_tab()
    waiting = [True, False]

    async def heard() -> list[bool]:
        return [frame["is_waiting"] for frame in editor.watch.received_of("waiting_changed")]

    await until(heard, lambda states: states == waiting)
    # The marks are drawn anew with the next picture.
    await until(editor.page.locator(".is-waiting").count, lambda number: number == 0)


@pytest.mark.parametrize("size", [{"viewport": {"width": 1280, "height": 800}}, PHONE], ids=["wide", "phone"])
async def test_axe_finds_nothing_serious_in_the_list_and_the_dialog(writers: Writers, size: dict[str, object]) -> None:
    editor = await writers.starts_writing(**size)
    link = await editor.make_link()
    await writers.follows(link)
    own = (await open_list(editor)).first
    findings = {"the list": await serious_findings(editor.page)}
    await own.click()
    findings["the dialog"] = await serious_findings(editor.page)
    assert {place: found for place, found in findings.items() if found} == {}

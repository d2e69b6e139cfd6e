"""Sharing, publishing, taking back and deleting, in real browsers."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from tests.e2e.editor_page import EditorPage
from tests.e2e.test_accessibility import OVERFLOW, PHONE, serious_findings
from tests.e2e.waiting import until
from tests.e2e.writers import Writers

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]


PASSWORD = "eleven wet herons"


async def open_share(editor: EditorPage) -> Page:
    await editor.wait_until_saved()
    await editor.page.get_by_role("button", name="Share", exact=True).click()
    return editor.page


async def make_reading_link(editor: EditorPage) -> str:
    page = await open_share(editor)
    await page.get_by_text("Can view", exact=True).click()
    await page.get_by_label("For whom").fill("my sister")
    await page.get_by_role("button", name="Make a link").click()
    await page.get_by_text("my sister").wait_for()
    address = await page.get_by_label("Link", exact=True).input_value()
    await page.get_by_role("button", name="Done").click()
    await editor.content.click()
    return address


async def reader(writers: Writers, address: str, **options: object) -> Page:
    page = (await writers.tab(await writers.new_browser(**options))).page
    await page.goto(address)
    return page


async def state_of(page: Page) -> str:
    return str(await page.locator("#live").get_attribute("data-state"))


async def paragraphs(page: Page) -> list[str]:
    return await page.locator("#text p").all_text_contents()


async def test_a_reader_sees_what_is_written_at_once(writers: Writers, editor: EditorPage) -> None:
    await editor.type("One line.")
    page = await reader(writers, await make_reading_link(editor))
    assert "/shares/" in page.url
    await until(lambda: state_of(page), lambda state: state == "live")
    assert await paragraphs(page) == ["One line."]
    await editor.press("Enter")
    await editor.press("Enter")
    await editor.type("Another one.")
    await until(lambda: paragraphs(page), lambda found: found == ["One line.", "Another one."])
    assert await page.title() == "One line. · Inkling"


async def test_a_cleared_name_gives_way_to_the_first_line_in_every_tab(writers: Writers, editor: EditorPage) -> None:
    await editor.type("The tide turned.")
    friend = await writers.follows(await editor.make_link())
    title, theirs = editor.page.get_by_label("Title"), friend.page.get_by_label("Title")
    await title.fill("A name")
    await editor.press("Enter")
    await until(theirs.input_value, lambda text: text == "A name")
    await title.fill("")
    await editor.press("Enter")
    for each in (title, theirs):
        await until(each.input_value, lambda text: text == "The tide turned.")
    await until(friend.page.title, lambda text: text == "The tide turned. · Inkling")


async def test_a_reader_writes_on_in_a_copy_of_their_own(writers: Writers, editor: EditorPage) -> None:
    await editor.type("One line.")
    page = await reader(writers, await make_reading_link(editor))
    await page.get_by_role("button", name="Write on from here").click()
    own = EditorPage(page, writers.watches[-1])
    await own.wait_until_saved()
    await own.type(" Mine.")
    await own.wait_until_saved()
    assert (await own.text(), await editor.text()) == ("One line. Mine.", "One line.")


async def test_a_reader_needs_no_script(writers: Writers, editor: EditorPage) -> None:
    await editor.type("One line.")
    page = await reader(writers, await make_reading_link(editor), java_script_enabled=False)
    assert await paragraphs(page) == ["One line."]


async def test_taking_a_link_back_ends_reading_at_once(writers: Writers, editor: EditorPage) -> None:
    await editor.type("One line.")
    page = await reader(writers, await make_reading_link(editor))
    await until(lambda: state_of(page), lambda state: state == "live")
    await (await open_share(editor)).get_by_role("button", name="Take back").click()
    await until(lambda: state_of(page), lambda state: state == "over")
    assert "taken back" in await page.locator("#live").inner_text()


async def test_a_published_copy_stays_as_it_was(writers: Writers, editor: EditorPage) -> None:
    await editor.type("As it was.")
    owner = await open_share(editor)
    await owner.get_by_role("button", name="Publish a copy").click()
    address = await owner.locator(".publish-list a").get_attribute("href")
    assert address is not None
    await owner.get_by_role("button", name="Done").click()
    await editor.content.click()
    await editor.type(" And more.")
    page = await reader(writers, address)
    assert await page.locator(".prose p").all_text_contents() == ["As it was."]
    assert "Every word was written by people." in await page.locator("footer").inner_text()
    await page.get_by_role("button", name="Write on from here").click()
    own = EditorPage(page, writers.watches[-1])
    await own.wait_until_saved()
    assert await own.text() == "As it was."


async def test_deleting_tells_whoever_has_it_open(writers: Writers, editor: EditorPage) -> None:
    await editor.type("One line.")
    friend = await writers.follows(await editor.make_link())
    await editor.wait_until_saved()
    await editor.page.get_by_label("More about this page").click()
    await editor.page.get_by_role("link", name="Delete…").click()
    await editor.page.get_by_role("button", name="Delete it").click()
    await editor.page.get_by_role("heading", name="Your pages").wait_for()
    await friend.page.get_by_text("This document is not here").wait_for()


@pytest.mark.parametrize("options", [{}, PHONE | {"color_scheme": "dark"}], ids=["desk", "phone"])
async def test_the_pages_around_the_editor_can_be_used_by_all(writers: Writers, options: dict[str, object]) -> None:
    page = (await writers.starts_writing(**(options or {"color_scheme": "light"}))).page
    document = page.url
    for path in ("/", "/documents/", f"{document}delete/", "/account/", "/account/sign-up/", "/account/sign-in/"):
        await page.goto(path)
        assert await serious_findings(page) == [], path
        assert await page.evaluate(OVERFLOW) <= 0, path
    await page.goto("/account/sign-up/")
    name = f"ada{len(options)}"
    for field, value in (("username", name), ("password1", PASSWORD), ("password2", PASSWORD)):
        await page.locator(f"[name={field}]").fill(value)
    await page.get_by_role("button", name="Sign up").click()
    await page.get_by_role("heading", name="Your pages").wait_for()
    for path in ("", "name/", "password/", "e-mail/", "sign-out-others/", "password-link/", "delete/", "forgotten/"):
        await page.goto(f"/account/{path}")
        assert await serious_findings(page) == [], path
        assert await page.evaluate(OVERFLOW) <= 0, path
    await page.goto(document)
    await page.get_by_role("button", name="Share", exact=True).click()
    await page.get_by_role("button", name="Make a link").click()
    await page.get_by_label("Link", exact=True).wait_for()
    assert await serious_findings(page) == []

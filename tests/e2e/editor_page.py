"""The editor as a writer uses it: keys and clicks go in, what can be seen comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, Page

from tests.e2e.page_watch import PageWatch
from tests.e2e.waiting import PATIENCE_SECONDS, until

# The document is what the lines hold without that which is only drawn into them.
READ_TEXT = """() => [...document.querySelectorAll(".cm-content > .cm-line")].map((line) => {
  const copy = line.cloneNode(true)
  for (const drawn of copy.querySelectorAll(".ghost-text, .cm-placeholder")) drawn.remove()
  return copy.textContent.replaceAll("\\u200b", "")
}).join("\\n")"""

# The edits that the browser keeps.
READ_KEPT = """(store) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("inkling")
  opening.onerror = () => reject(opening.error)
  opening.onsuccess = () => {
    const reading = opening.result.transaction(store).objectStore(store).getAll()
    reading.onsuccess = () => resolve(reading.result)
  }
})"""

# Every text that a row of the menu ever shows, row by row.
WATCH_ROWS = """() => {
  globalThis.seenRows = []
  const look = () => [...document.querySelectorAll("#menu-rows [role=option]")].forEach((row, place) => {
    const seen = (globalThis.seenRows[place] ??= [])
    if (seen.at(-1) !== row.innerText) seen.push(row.innerText)
  })
  const menu = document.getElementById("menu")
  new MutationObserver(look).observe(menu, { childList: true, characterData: true, subtree: true })
}"""


class EditorPage:
    """One tab. `watch` knows its console and its sockets."""

    def __init__(self, page: Page, watch: PageWatch) -> None:
        self.page = page
        self.watch = watch
        self.content = page.get_by_role("textbox", name="Text", exact=True)
        self.menu = page.get_by_role("listbox", name="Suggestions")
        self.rows = self.menu.get_by_role("option")
        self.problem = page.locator("#menu .menu-problem")
        self.chosen = self.menu.get_by_role("option", selected=True)
        self.saved = page.locator("#saved")
        self.status = page.locator("#status")
        self.panel = page.locator("#panel")
        self.ghost = page.locator(".ghost-text")
        self.people = page.locator(".people-faces li")
        self.carets = page.locator(".remote-caret-name")

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await self.wait_until_saved()

    async def reload(self) -> None:
        await self.page.reload()
        await self.wait_until_saved()

    async def text(self) -> str:
        return str(await self.page.evaluate(READ_TEXT))

    async def type(self, text: str) -> None:
        """At the caret; returns when it can be read in the document."""
        before = len(await self.text())
        await self.page.keyboard.type(text)
        await until(self.text, lambda after: len(after) >= before + len(text))

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def press_tab(self) -> str:
        """Asks for suggestions. Returns the request's id."""
        num_before = len(self.watch.sent_of("suggest"))
        await self.press("Tab")
        return await self.wait_for_request(num_before)

    async def close_menu(self) -> None:
        """Where it is open. Else Escape would mean that the next Tab leaves the text."""
        if await self.menu.is_visible() or await self.problem.is_visible():
            await self.press("Escape")
            await self.page.locator("#menu").wait_for(state="hidden")

    async def wait_for_request(self, num_before: int) -> str:
        async def requests() -> list[str]:
            return [frame["request_id"] for frame in self.watch.sent_of("suggest")][num_before:]

        return (await until(requests))[-1]

    async def suggest(self) -> list[str]:
        """Presses Tab and gives the suggestions, spaces included, when they are all there."""
        return await self.wait_for_rows_finished(await self.press_tab())

    async def wait_for_rows_finished(self, request_id: str) -> list[str]:
        """The continuations of a request in the order of the rows, when the page shows them."""
        await until(self.is_finished_reader(request_id))
        await until(self.state, lambda state: state == "idle")
        num_asked = self.num_asked(request_id)
        return [self.watch.continuation(request_id, index) for index in range(num_asked)]

    def is_finished_reader(self, request_id: str) -> Callable[[], Awaitable[bool]]:
        async def is_finished() -> bool:
            return len(self.watch.received_of("suggestion_finished", request_id)) == self.num_asked(request_id)

        return is_finished

    def num_asked(self, request_id: str) -> int:
        (frame,) = [frame for frame in self.watch.sent_of("suggest") if frame["request_id"] == request_id]
        return int(frame["params"]["num_continuations"])

    async def row_texts(self) -> list[str]:
        return [text.strip() for text in await self.rows.locator(".menu-text").all_inner_texts()]

    async def watch_rows(self) -> None:
        await self.page.evaluate(WATCH_ROWS)

    async def seen_rows(self) -> list[list[str]]:
        return list(await self.page.evaluate("() => globalThis.seenRows"))

    async def wait_for_text(self, text: str) -> None:
        await until(self.text, lambda now: now == text)

    async def wait_until_saved(self, seconds: float = PATIENCE_SECONDS) -> None:
        await until(self.saved_state, lambda state: state == "Saved", seconds)

    async def saved_state(self) -> str:
        return await self.saved.inner_text()

    async def wait_until_kept(self, words: str) -> None:
        """They are not saved, but in the browser's storage."""
        await until(self.kept, lambda kept: words in kept)

    async def kept(self) -> str:
        return json.dumps(await self.page.evaluate(READ_KEPT, "updates"))

    async def kept_text(self) -> str:
        """The text that the kept edits stand on; empty until it is kept too."""
        return "".join([row["text"] for row in await self.page.evaluate(READ_KEPT, "texts")])

    async def state(self) -> str:
        """idle, waiting, writing, busy or offline."""
        return str(await self.status.get_attribute("data-state"))

    async def status_text(self) -> str:
        return re.sub(r"\s+", " ", await self.status.inner_text())

    async def machine_texts(self) -> list[str]:
        return await self.content.locator(".machine-text").all_text_contents()

    async def open_panel(self) -> Locator:
        if not await self.panel.is_visible():
            await self.page.get_by_role("button", name="Checkpoint and settings").click()
        return self.panel

    async def make_link(self) -> str:
        """The address for a friend."""
        await self.page.get_by_role("button", name="Share", exact=True).click()
        await self.page.get_by_role("button", name="Make a link").click()
        link = self.page.get_by_label("Link", exact=True)
        await link.wait_for()
        address = await link.input_value()
        await self.page.get_by_role("button", name="Done").click()
        await self.content.click()
        return address

"""People who write: their browsers, their tabs, and all that goes wrong in them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page

from tests.e2e.editor_page import EditorPage
from tests.e2e.page_watch import PageWatch
from tests.e2e.system import System

# What the panel keeps in the browser. A busy machine needs more than the usual second.
CHOICES: dict[str, Any] = {"maxTimeMs": 10_000}

# A tab begins with the test's choices and keeps what is changed in it.
BEGIN = """if (!sessionStorage.getItem("has-begun")) {
  localStorage.clear()
  localStorage.setItem("inkling:choices", JSON.stringify(%s))
  sessionStorage.setItem("has-begun", "yes")
}"""


@dataclass
class Writers:
    """Opens tabs, and hears of everything that goes wrong in them.

    One writer's browser outlives the test and has the product's files already, as a browser that comes every day;
    the others are new, and closed afterwards. `seed` makes a test's suggestions the same in every run.
    """

    system: System
    browser: Browser
    regular: BrowserContext
    seed: int
    watches: list[PageWatch] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    # Set by tests that take the server away.
    may_lose_server: bool = False

    async def new_browser(self, **options: Any) -> BrowserContext:
        context = await self.browser.new_context(base_url=self.system.url, **options)
        self.contexts.append(context)
        return context

    async def tab(self, context: BrowserContext, choices: dict[str, Any] | None = None) -> EditorPage:
        """A page that is watched from its first byte."""
        page = await context.new_page()
        self.pages.append(page)
        kept = CHOICES | {"seed": self.seed} | (choices or {})
        await page.add_init_script(BEGIN % json.dumps(kept))
        watch = PageWatch()
        watch.follow(page)
        self.watches.append(watch)
        return EditorPage(page, watch)

    async def starts_writing(self, choices: dict[str, Any] | None = None, **options: Any) -> EditorPage:
        """Begins a document: in the regular writer's browser, or in a new one where it has to be another kind."""
        context = await self.new_browser(**options) if options else self.regular
        return await self.starts_writing_in(context, choices)

    async def starts_writing_in(self, context: BrowserContext, choices: dict[str, Any] | None = None) -> EditorPage:
        editor = await self.tab(context, choices)
        await editor.page.goto("/")
        await editor.page.get_by_role("button", name="Start writing").first.click()
        await editor.wait_until_saved()
        return editor

    async def follows(self, address: str, **options: Any) -> EditorPage:
        """Somebody else opens a link."""
        editor = await self.tab(await self.new_browser(**options))
        await editor.open(address)
        return editor

    async def leave(self) -> None:
        for page in self.pages:
            await page.close()
        for context in self.contexts:
            await context.close()

    def problems(self) -> list[str]:
        return [problem for watch in self.watches for problem in watch.unexpected(self.may_lose_server)]

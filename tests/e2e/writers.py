"""People who write: each with a browser profile of their own, and all that goes wrong in it noted."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, cast

from playwright.async_api import Browser, BrowserContext, StorageState

from tests.e2e.editor_page import EditorPage
from tests.e2e.page_watch import PageWatch
from tests.e2e.system import System

# What the panel keeps in the browser. A busy machine needs more than the usual second; a seed makes runs alike.
CHOICES: dict[str, Any] = {"maxTimeMs": 10_000, "seed": 7}


@dataclass
class Writers:
    """Opens browsers of their own, one for each writer, and hears of everything that went wrong in them."""

    system: System
    browser: Browser
    watches: list[PageWatch] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    # Set by tests that take the server away.
    may_lose_server: bool = False

    async def context(self, choices: dict[str, Any] | None = None, **options: Any) -> BrowserContext:
        kept = json.dumps(CHOICES | (choices or {}))
        origin = {"origin": self.system.url, "localStorage": [{"name": "inkling:choices", "value": kept}]}
        storage = cast("StorageState", {"cookies": [], "origins": [origin]})
        context = await self.browser.new_context(base_url=self.system.url, storage_state=storage, **options)
        self.contexts.append(context)
        return context

    async def tab(self, context: BrowserContext) -> EditorPage:
        """A page that is watched from its first byte."""
        page = await context.new_page()
        watch = PageWatch()
        watch.follow(page)
        self.watches.append(watch)
        return EditorPage(page, watch)

    async def starts_writing(self, choices: dict[str, Any] | None = None, **options: Any) -> EditorPage:
        """Somebody comes for the first time and begins a document."""
        editor = await self.tab(await self.context(choices, **options))
        await editor.page.goto("/")
        await editor.page.get_by_role("button", name="Start writing").first.click()
        await editor.wait_until_saved()
        return editor

    async def follows(self, address: str, **options: Any) -> EditorPage:
        """Somebody else opens a link."""
        editor = await self.tab(await self.context(**options))
        await editor.open(address)
        return editor

    def problems(self) -> list[str]:
        return [problem for watch in self.watches for problem in watch.unexpected(self.may_lose_server)]

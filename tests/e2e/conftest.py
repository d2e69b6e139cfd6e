"""One running system for all tests here, a browser, and writers who open documents in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.e2e.chromium import find_chromium, launch
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
        storage = {"origin": self.system.url, "localStorage": [{"name": "inkling:choices", "value": kept}]}
        context = await self.browser.new_context(
            base_url=self.system.url, storage_state={"cookies": [], "origins": [storage]}, **options
        )
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


@pytest.fixture(scope="session")
def started_system() -> Iterator[System]:
    find_chromium()
    system = System()
    try:
        yield system
        assert system.stop() == 0, system.tail()
    finally:
        if system.process.poll() is None:
            system.process.kill()
            system.process.wait()
        system.remove()


@pytest_asyncio.fixture(loop_scope="session")
async def system(started_system: System) -> System:
    """Ready to write, whatever the test before did to it."""
    await started_system.wait_until_ready()
    return started_system


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests; each writer gets a profile of its own in it."""
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def writers(system: System, browser: Browser) -> AsyncIterator[Writers]:
    """Fails the test where a page said anything on its console, broken rules of the content security policy included."""
    writers = Writers(system, browser)
    yield writers
    for context in writers.contexts:
        await context.close()
    assert writers.problems() == []


@pytest_asyncio.fixture(loop_scope="session")
async def editor(writers: Writers) -> EditorPage:
    """A new document in a new browser."""
    return await writers.starts_writing()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts the end of the system's log beside what failed."""
    report = yield
    system = getattr(item, "funcargs", {}).get("started_system")
    if report.failed and isinstance(system, System) and system.log.exists():
        report.sections.append(("the system's log", system.tail()))
    return report

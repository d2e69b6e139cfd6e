"""One running system for all tests here, a browser, and writers who open documents in it."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Generator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

from tests.e2e.chromium import find_chromium, launch
from tests.e2e.editor_page import EditorPage
from tests.e2e.system import System
from tests.e2e.writers import Writers


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


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def regular(browser: Browser, started_system: System) -> BrowserContext:
    """The browser of a writer who comes every day."""
    return await browser.new_context(base_url=started_system.url)


@pytest_asyncio.fixture(loop_scope="session")
async def writers(
    request: pytest.FixtureRequest, system: System, browser: Browser, regular: BrowserContext
) -> AsyncIterator[Writers]:
    """Fails the test where a page complained on its console, also of its content security policy."""
    writers = Writers(system, browser, regular, seed=zlib.crc32(request.node.name.encode()))
    yield writers
    await writers.leave()
    assert writers.problems() == []


@pytest_asyncio.fixture(loop_scope="session")
async def editor(writers: Writers) -> EditorPage:
    """A new document."""
    return await writers.starts_writing()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts the end of the system's log beside what failed."""
    report = yield
    system = getattr(item, "funcargs", {}).get("started_system")
    if report.failed and isinstance(system, System) and system.log.exists():
        report.sections.append(("the system's log", system.tail()))
    return report

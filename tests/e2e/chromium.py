"""Finds the machine's Chromium and starts it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Playwright

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MISSING = "no Chromium on this machine: apt-get install chromium, or name one in CHROMIUM"


def find_chromium() -> str:
    """Skips the test where there is none."""
    names = [os.environ.get("CHROMIUM"), "chromium", "google-chrome"]
    paths = [shutil.which(name) for name in names if name]
    found = next(filter(None, paths), None)
    if found is None:
        pytest.skip(MISSING)
    return found


async def launch_on_disk(playwright: Playwright, profile: Path, **options: Any) -> BrowserContext:
    """A browser of its own, which finds in the folder what it kept the last time."""
    return await playwright.chromium.launch_persistent_context(
        profile, executable_path=find_chromium(), args=OPTIONS, **options
    )


async def launch(playwright: Playwright) -> Browser:
    return await playwright.chromium.launch(executable_path=find_chromium(), args=OPTIONS)

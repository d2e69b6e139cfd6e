"""Finds the machine's Chromium and starts it."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.async_api import Browser, Playwright

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


async def launch(playwright: Playwright) -> Browser:
    return await playwright.chromium.launch(executable_path=find_chromium(), args=OPTIONS)

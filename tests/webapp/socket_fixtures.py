"""Fixtures of the socket's tests: import them by name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from django.test import Client

from tests.webapp.fake_suggestions import FakeSuggestions
from tests.webapp.tabs import Tab
from webapp import suggestions
from webapp.models import Document, ShareLink

OpenTab = Callable[..., Tab]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeSuggestions:
    fake = FakeSuggestions()
    for name in ("ask", "cancel", "checkpoint_states"):
        monkeypatch.setattr(suggestions, name, getattr(fake, name))
    return fake


@pytest_asyncio.fixture
async def tab(fake: FakeSuggestions) -> AsyncIterator[OpenTab]:
    """Makes tabs, and closes them in the end: an open one would disturb the next test."""
    tabs: list[Tab] = []

    def make(client: Client, target: Document | ShareLink | str, **fields: Any) -> Tab:
        tabs.append(Tab(client, target, **fields))
        return tabs[-1]

    yield make
    for each in tabs:
        if not each.communicator.future.done():
            await each.leave()

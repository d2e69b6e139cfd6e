"""What every test may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A real Redis of this test's own: `url`, stop(), start(), pause(), resume(), client()."""
    server = RedisServer()
    server.start()
    yield server
    server.close()

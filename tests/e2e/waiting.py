"""Waits for what a page or a process will show, with a limit; never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

# Everything here shares its cores with whatever else the machine does.
PATIENCE_SECONDS = 20.0
POLL_SECONDS = 0.05

T = TypeVar("T")


async def until(
    read: Callable[[], Awaitable[T]], is_right: Callable[[T], object] = bool, seconds: float = PATIENCE_SECONDS
) -> T:
    """The first value that is right; fails with the last one where none is in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = await read()
        if is_right(value):
            return value
        assert time.monotonic() < deadline, f"still {value!r} after {seconds} s"
        await asyncio.sleep(POLL_SECONDS)

"""The one way from the event loop to the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")

# Threads of our own: Channels' default is one thread for all sockets, where one slow query holds up everybody.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a blocking function of the ORM returns, called in one of a few threads."""
    call: Callable[..., object] = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    result: T = await call(*args, **kwargs)  # type: ignore[misc]
    return result

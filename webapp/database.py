"""The one way from the event loop to the database, on connections that stay open."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

from django.db import connection

P = ParamSpec("P")
T = TypeVar("T")

# A thread lets go of the interpreter at each call of the database, and a busy event loop gives it back only after this
# time. Python's own 5 ms made transactions of fifty writers a third to twice longer.
SWITCH_SECONDS: Final = 0.0005
sys.setswitchinterval(SWITCH_SECONDS)

MAX_THREADS: Final = 8
# Threads of our own: Channels' default is one thread for all sockets, where one slow query holds up everybody.
_threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="database")


async def in_database(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a blocking function of the ORM returns, called in one of a few threads."""
    call = partial(keeping_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


def keeping_connection(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Calls a function of the ORM on this thread's connection, which stays open for the next call.

    Opening one costs more than most queries. Django's own keeping (CONN_MAX_AGE) is for requests, and leaks under ASGI.
    """
    # PostgreSQL may have been restarted meanwhile; SQLite's connections are always fit.
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    return function(*args, **kwargs)

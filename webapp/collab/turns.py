"""Lets the web processes write in turns where they share one SQLite file.

SQLite has no queue: whoever finds the database locked sleeps, for up to 100 ms at a time, and may find it locked again.
A lock of the operating system wakes the next one at once, and ends with its process, however that ends.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


@contextmanager
def taking_turns() -> Iterator[None]:
    """Waits for the other writers. Other databases have queues of their own."""
    if connection.vendor != "sqlite":
        yield
        return
    with Path(f"{connection.settings_dict['NAME']}-turns").open("a") as turns:
        fcntl.flock(turns, fcntl.LOCK_EX)
        yield

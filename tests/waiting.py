"""Waits for what another thread or process does, with a limit."""

import time
from collections.abc import Callable


def wait_until(is_true: Callable[[], object], seconds: float = 5.0) -> None:
    """Fails where it does not become true in time."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.01)

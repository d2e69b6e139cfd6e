"""Runs heavy work in a thread that ends with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def in_passing_thread(work: Callable[[], Result]) -> Result:
    """Waits for it; raises what it raises.

    OpenMP keeps helpers for every thread that has computed, for as long as that one lives. Once all of them together
    are more than there are cores, none waits awake for its next piece any more, and each product of the decode loop
    begins with waking them: a step of few rows took a sixth longer.
    """
    outcome: Future[Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where the work is waited for
            outcome.set_exception(error)

    thread = threading.Thread(target=run, name="passing", daemon=True)
    thread.start()
    # Who interrupts the wait is not held up: the thread ends with the process then.
    thread.join()
    return outcome.result()

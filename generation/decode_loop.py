"""Runs the engine's loop in its own thread, and knows whether it still turns."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from generation.errors import type_and_text

logger = logging.getLogger(__name__)


class LoopingEngine(Protocol):
    def run(self, stop: threading.Event) -> None: ...


class DecodeLoop:
    """`on_death` is called with the reason, in the loop's thread, when the loop ends without having been asked to."""

    def __init__(self, engine: LoopingEngine, on_death: Callable[[str], None]) -> None:
        self._engine = engine
        self._on_death = on_death
        self._stop = _PulsingEvent()
        self._thread = threading.Thread(target=self._run, name="decode-loop", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def close(self, timeout_s: float) -> None:
        self._stop.set()
        self._thread.join(timeout_s)

    @property
    def seconds_since_turn(self) -> float:
        """How long ago the loop last began a turn."""
        return time.monotonic() - self._stop.asked_at

    def _run(self) -> None:
        try:
            self._engine.run(self._stop)
        except BaseException as error:
            logger.critical("the decode loop has died", exc_info=True)
            self._on_death(type_and_text(error))
            return
        if not threading.Event.is_set(self._stop):
            logger.critical("the decode loop has ended by itself")
            self._on_death("its loop ended by itself")


class _PulsingEvent(threading.Event):
    """The loop asks once a turn whether to stop; the time of that question is the proof that it turns."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_at = time.monotonic()

    def is_set(self) -> bool:
        self.asked_at = time.monotonic()
        return super().is_set()

"""How often somebody may be wrong: guessed links, guessed passwords. In memory, each web process for itself."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest

# Whoever comes from more places than this is stopped elsewhere; the oldest are forgotten.
MAX_KEYS: Final = 10_000


class MissLimit:
    """At most `number` misses in `seconds` for one key. Whoever is right is never held up by it."""

    def __init__(self, number: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.number = number
        self.seconds = seconds
        self._clock = clock
        self._misses: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def is_reached(self, key: str) -> bool:
        with self._lock:
            misses = self._misses.get(key)
            return misses is not None and len(misses) == self.number and self._clock() - misses[0] < self.seconds

    def miss(self, key: str) -> None:
        with self._lock:
            self._misses.setdefault(key, deque(maxlen=self.number)).append(self._clock())
            self._misses.move_to_end(key)
            while len(self._misses) > MAX_KEYS:
                self._misses.popitem(last=False)

    def forget(self, key: str) -> None:
        with self._lock:
            self._misses.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._misses.clear()


def address_of(request: HttpRequest) -> str:
    """Where a request comes from. Behind a proxy the web server puts the client's own address here."""
    return str(request.META.get("REMOTE_ADDR", ""))

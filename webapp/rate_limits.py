"""How often one socket may send each type of frame. In memory: a socket lives in one process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from webapp.errors import ClientError

# Frames a second, and how many at once. A held key repeats 30 times a second; edits beyond their rate wait, see below.
RATES: Final[dict[str, tuple[float, float]]] = {
    "join": (1, 5),
    "edit": (20, 60),
    "suggest": (10, 20),
    "cancel": (20, 40),
    "outcome": (20, 60),
    "offer": (1, 10),
    "take_offer": (5, 10),
    "withdraw_offer": (5, 10),
    "caret": (20, 40),
    "rename": (2, 10),
    "introduce": (0.5, 5),
}


@dataclass(slots=True)
class TokenBucket:
    rate: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens = self.burst
        self._filled_at = self.clock()

    def take(self) -> float:
        """Takes a token and returns 0, or takes none and returns the seconds until there is one."""
        now = self.clock()
        self._tokens = min(self.burst, self._tokens + (now - self._filled_at) * self.rate)
        self._filled_at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self.rate
        self._tokens -= 1
        return 0.0


class FrameLimits:
    """One socket's buckets."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = {kind: TokenBucket(*limits, clock) for kind, limits in RATES.items()}

    async def admit(self, kind: str) -> None:
        """Raises ClientError "rate_limited". Edits wait instead: a browser would wait for a lost one for ever."""
        seconds = self._buckets[kind].take()
        while seconds and kind == "edit":
            await asyncio.sleep(seconds)
            seconds = self._buckets[kind].take()
        if seconds:
            rate = self._buckets[kind].rate
            raise ClientError("rate_limited", f"too many {kind} frames came, expected at most {rate:g} a second")

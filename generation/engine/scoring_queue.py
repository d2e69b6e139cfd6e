"""The texts that wait to be scored: background work, for the steps that requests leave to it."""

from __future__ import annotations

from collections import deque

from generation.engine.scoring import Scoring
from generation.errors import GenerationError

# Beside requests one step in so many reads a chunk too. A chunk takes as long as about five steps that only decode: at
# every step it would make writing six times as slow, like this by a third, and a text ends however long people write.
STEPS_PER_CHUNK = 16


class ScoringQueue:
    """First come, first scored. `add` and `len` are for any thread, `step` and `fail_all` for the one that decodes."""

    def __init__(self) -> None:
        self._scorings: deque[Scoring] = deque()
        self._num_steps_waited = 0

    def __len__(self) -> int:
        return len(self._scorings)

    def add(self, scoring: Scoring) -> None:
        self._scorings.append(scoring)

    def step(self, is_beside_requests: bool) -> bool:
        """Reads a chunk if it is scoring's turn; returns whether it was, and there was a text."""
        if not self._scorings:
            self._num_steps_waited = 0
            return False
        self._num_steps_waited += 1
        if is_beside_requests and self._num_steps_waited < STEPS_PER_CHUNK:
            return False
        self._num_steps_waited = 0
        if not self._scorings[0].advance():
            self._scorings.popleft()
        return True

    def fail_all(self, error: GenerationError) -> None:
        while self._scorings:
            self._scorings.popleft().fail(error)

"""When simulated typists strike which key, and what became of each keystroke. Standard library only."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any

# After the last key the contender may go on for so long; what has not come by then counts as never seen.
GRACE_SECONDS = 1.0


@dataclass(slots=True, eq=False)
class Keystroke:
    """Asks for continuations of `prompt` (its "text" and its "ids") at `due`; times are those of perf_counter."""

    due: float
    typist: int
    prompt: dict[str, Any]
    first_at: float | None = None
    ended_at: float | None = None
    num_tokens: int = 0
    is_superseded: bool = False

    def note_text(self, num_tokens: int) -> None:
        self.num_tokens += num_tokens
        if self.first_at is None:
            self.first_at = time.perf_counter()

    def note_end(self) -> None:
        self.ended_at = time.perf_counter()


class Typists:
    """Keys are struck by the clock, whether the contender keeps up or not; a new one supersedes its typist's last."""

    def __init__(self, typists: list[list[dict[str, Any]]], interval: float) -> None:
        self.start = time.perf_counter()
        struck = [
            Keystroke(self.start + interval * (number + typist / len(typists)), typist, prompt)
            for typist, prompts in enumerate(typists)
            for number, prompt in enumerate(prompts)
        ]
        self.all = sorted(struck, key=lambda keystroke: keystroke.due)
        self._ahead = deque(self.all)
        self._latest: dict[int, Keystroke] = {}

    @property
    def are_done(self) -> bool:
        return not self._ahead and time.perf_counter() > self.all[-1].due + GRACE_SECONDS

    def take_due(self) -> list[Keystroke]:
        due: list[Keystroke] = []
        while self._ahead and self._ahead[0].due <= time.perf_counter():
            keystroke = self._ahead.popleft()
            if keystroke.typist in self._latest:
                self._latest[keystroke.typist].is_superseded = True
            self._latest[keystroke.typist] = keystroke
            due.append(keystroke)
        return due

    def sleep(self) -> None:
        """Until the next key, but not for long."""
        wait = self._ahead[0].due - time.perf_counter() if self._ahead else 0.01
        time.sleep(max(0.0, min(wait, 0.01)))

    def report(self) -> dict[str, Any]:
        return report(self.all, time.perf_counter() - self.start)


def report(keystrokes: list[Keystroke], seconds: float) -> dict[str, Any]:
    """Times in seconds from the key; None for what never came."""
    return {
        "first": [_since(keystroke.due, keystroke.first_at) for keystroke in keystrokes],
        "end": [_since(keystroke.due, keystroke.ended_at) for keystroke in keystrokes],
        "tokens": sum(keystroke.num_tokens for keystroke in keystrokes),
        "seconds": seconds,
    }


def one_after_another(prompts: list[dict[str, Any]]) -> list[Keystroke]:
    """Keystrokes whose `due` is to be set when each is asked: the next key waits for the end of the last."""
    return [Keystroke(0.0, 0, prompt) for prompt in prompts]


def _since(due: float, then: float | None) -> float | None:
    return None if then is None else then - due

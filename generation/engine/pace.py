"""How much of the prompts a step may read beside continuations, so that these do not stall."""

from __future__ import annotations


class Pace:
    """`budget` is in tokens, between `least` and `most`; steps shall take `step_s` seconds at most, times `patience`.

    Like TCP's window it is halved at once and grows only while it is used up: how long a token takes to read depends
    on the checkpoint, the machine, and on what else the step does.
    """

    def __init__(self, least: int, most: int, step_s: float) -> None:
        self.budget = max(least, most // 4)
        self._least = least
        self._most = max(least, most)
        self._step_s = step_s

    def note(self, num_read: int, seconds: float, patience: float = 1.0) -> None:
        """A step beside others has read `num_read` tokens of prompts."""
        limit = self._step_s * patience
        if seconds > limit:
            self.budget = max(self._least, self.budget // 2)
        elif seconds < limit / 2 and num_read >= self.budget:
            self.budget = min(self._most, self.budget * 2)


def patience(num_waiting: int, num_writing: int) -> float:
    """How many times its length a step may take while so many wait for any text and the text of so many goes on.

    Longer steps read prompts in less time altogether. Who waits is also waiting for those before, hence the square.
    """
    return 1 + num_waiting**2 / max(1, num_writing)

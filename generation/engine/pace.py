"""How much of the prompts a step may read beside continuations, so that these do not stall."""

from __future__ import annotations


class Pace:
    """`budget` is in tokens, between `least` and `most`; steps shall take no more than `step_s` seconds.

    Like TCP's window it is halved at once and grows only while it is used up: how long a token takes to read depends
    on the checkpoint, the machine, and on what else the step does.
    """

    def __init__(self, least: int, most: int, step_s: float) -> None:
        self.budget = max(least, most // 4)
        self._least = least
        self._most = max(least, most)
        self._step_s = step_s

    def note(self, num_read: int, seconds: float) -> None:
        """A step beside others has read `num_read` tokens of prompts."""
        if seconds > self._step_s:
            self.budget = max(self._least, self.budget // 2)
        elif seconds < self._step_s / 2 and num_read >= self.budget:
            self.budget = min(self._most, self.budget * 2)

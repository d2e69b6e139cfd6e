"""How much of the prompts a step may read beside continuations, so that these do not stall."""

from __future__ import annotations


class Pace:
    """`budget` is in tokens, between `least` and `most`; steps shall take `step_s` seconds at most, times `patience`.

    Like TCP's window it is halved where a step was too slow, and grows only while it is used up: how long a token takes
    to read depends on the checkpoint, the machine, and on what else the step does.
    """

    def __init__(self, least: int, most: int, step_s: float) -> None:
        self.budget = max(least, most // 4)
        self._least = least
        self._most = max(least, most)
        self._step_s = step_s

    def note(self, num_read: int, seconds: float, patience: float = 1.0, *, is_used_up: bool) -> None:
        """How long a step beside others took that read so many tokens; `is_used_up` where more were left to read."""
        limit = self._step_s * patience
        if seconds > limit:
            self.budget = max(self._least, self.budget // 2)
        elif is_used_up:
            # As many times as much takes at most as many times as long. A coarse clock may see no time pass at all.
            self.budget = min(self._most, max(self.budget, num_read * int(limit / max(seconds, 1e-3))))


def patience(num_waiting: int, num_writing: int) -> float:
    """How many times its length a step may take while so many wait for any text and the text of so many goes on.

    Longer steps read prompts in less time altogether. Who waits is also waiting for those before, hence the square.
    """
    return 1 + num_waiting**2 / max(1, num_writing)

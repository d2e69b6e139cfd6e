"""Does harm to running processes at random times, and lets them come back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

from benchmarks.web_processes import REDIS, WORKER, WebProcesses

# Between two faults at least, and from a process' death to its next start.
CALM_SECONDS = 0.3
DEAD_SECONDS = (0.0, 1.0)
# How often everything dies at once, as in a power cut.
POWER_CUTS = 0.15
# How often each is the victim. A worker takes seconds of a core to start, which the writing would lack.
WEIGHTS = {REDIS: 3, WORKER: 1}
WEB_WEIGHT = 3


class Monkey:
    """Kills processes with SIGKILL; in the end all of them run."""

    def __init__(self, processes: WebProcesses, generator: random.Random, calm_seconds: float) -> None:
        self._processes = processes
        self._random = generator
        self._names = [*processes.names, REDIS, WORKER]
        self._weights = [WEIGHTS.get(name, WEB_WEIGHT) for name in self._names]
        self._calm_seconds = calm_seconds
        self.num_killed = 0

    async def rage(self, is_enough: Callable[[], bool]) -> None:
        """Goes on until it is enough, and until each has been killed."""
        left = self._random.sample(self._names, len(self._names))
        while left or not is_enough():
            await asyncio.sleep(self._random.uniform(CALM_SECONDS, self._calm_seconds))
            victims = [left.pop()] if left else self._random.choices(self._names, self._weights)
            await self._kill(self._names if self._random.random() < POWER_CUTS else victims)

    async def _kill(self, names: Sequence[str]) -> None:
        self.num_killed += len(names)
        for name in names:
            self._processes.kill(name)
        await asyncio.sleep(self._random.uniform(*DEAD_SECONDS))
        for name in names:
            self._processes.start(name)
        for name in names:
            if name in self._processes.names:
                await asyncio.to_thread(self._processes.wait_for, name)

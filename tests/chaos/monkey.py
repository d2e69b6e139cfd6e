"""Does harm to running processes at random times, and lets them come back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

from benchmarks.web_processes import REDIS, WebProcesses

# Between two faults, and from a process' death to its next start.
CALM_SECONDS = (0.3, 2.0)
DEAD_SECONDS = (0.0, 1.0)
# How often everything dies at once, as in a power cut.
POWER_CUTS = 0.15


class Monkey:
    """Kills processes with SIGKILL; in the end all of them run."""

    def __init__(self, processes: WebProcesses, generator: random.Random) -> None:
        self._processes = processes
        self._random = generator
        self._names = [*processes.names, REDIS]
        self.killed: list[Sequence[str]] = []

    async def rage(self, seconds: float) -> None:
        """Goes on for so long, and until each has been killed."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        left = self._random.sample(self._names, len(self._names))
        while left or loop.time() < end:
            await asyncio.sleep(self._random.uniform(*CALM_SECONDS))
            victims = [left.pop() if left else self._random.choice(self._names)]
            await self._kill(self._names if self._random.random() < POWER_CUTS else victims)

    async def _kill(self, names: Sequence[str]) -> None:
        self.killed.append(names)
        for name in names:
            self._processes.kill(name)
        await asyncio.sleep(self._random.uniform(*DEAD_SECONDS))
        for name in names:
            self._processes.start(name)
        for name in names:
            if name != REDIS:
                await asyncio.to_thread(self._processes.wait_for, name)

"""What the engine takes beyond weights and cells, and whether it grows: memory.py FOLDER NAME DTYPE"""

from __future__ import annotations

import sys
import threading
from itertools import count
from pathlib import Path
from typing import Any

import torch

from benchmarks.engine.inkling import Asked, Contender
from benchmarks.engine.keystrokes import Keystroke
from benchmarks.engine.serving import serve
from generation.checkpoints import Checkpoint
from generation.config import MEBIBYTE, EngineConfig
from generation.messages import SamplingParams

KEPT_BYTES = 256 * MEBIBYTE
# More than the slots can keep, so that old ones must go.
NUM_SESSIONS = 500
AT_ONCE = 16
SHORT = SamplingParams(num_continuations=3, max_new_tokens=4, stop_at="none", max_time_ms=600_000)
NUM_READINGS = 10


class Memory:
    def __init__(self, folder: Path, name: str, dtype: str) -> None:
        self.before_bytes = own_bytes()
        checkpoint = Checkpoint.from_dict({"name": name, "source": f"folder:{name}", "dtype": dtype})
        self.contender = Contender(checkpoint, EngineConfig(models_dir=folder, memory_budget=KEPT_BYTES))
        self._numbers = count()

    def extra(self, prompts: list[dict[str, Any]]) -> dict[str, Any]:
        """Bytes after work, with all cells touched so that the whole of their budget counts as used."""
        self.contender.cold(prompts)
        self._touch_cells()
        self.contender.cold(prompts)
        weights = self.contender.info()["weights_bytes"]
        return {
            "own": own_bytes(),
            "mapped from files": resident_bytes("RssFile"),
            "weights": weights,
            "cells": KEPT_BYTES,
            "imports": self.before_bytes,
            "extra": own_bytes() - weights - KEPT_BYTES,
        }

    def _touch_cells(self) -> None:
        self.contender.engine._slots.arena.all_as(torch.uint8)[::4096] += 0

    def growth(self, prompts: list[dict[str, Any]], number: int) -> dict[str, Any]:
        """Its own bytes at ten moments of serving `number` requests; every fourth is cancelled at once."""
        self._touch_cells()
        readings: list[int] = []
        free = threading.Semaphore(AT_ONCE)
        for one in range(number):
            free.acquire()
            asked = Released(Keystroke(0.0, 0, prompts[one % len(prompts)]), free)
            request_id = self.contender.ask(asked, f"session-{one % NUM_SESSIONS}")
            if one % 4 == 3:
                self.contender.engine.cancel(request_id)
            if (one + 1) % (number // NUM_READINGS) == 0:
                readings.append(own_bytes())
        for _ in range(AT_ONCE):
            free.acquire()
        return {"readings": readings}


class Released(Asked):
    """Makes room for another request when it has ended."""

    def __init__(self, keystroke: Keystroke, free: threading.Semaphore) -> None:
        super().__init__(keystroke, SHORT)
        self._free = free

    def has_ended(self) -> None:
        super().has_ended()
        self._free.release()


def own_bytes() -> int:
    """Without pages that are mapped from files: the system may drop those and share them among processes."""
    return resident_bytes("RssAnon")


def resident_bytes(kind: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {kind}, expected Linux")


def main() -> None:
    folder, name, dtype = sys.argv[1:]
    memory = Memory(Path(folder), name, dtype)
    serve({"extra": memory.extra, "growth": memory.growth})


if __name__ == "__main__":
    main()

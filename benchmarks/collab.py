"""`make bench-collab`: many people write together on two web processes, over real sockets.

    python -m benchmarks.collab [--seconds 60 --rounds 3 --scenes crowd tables opening idle]

Prints Markdown tables, each figure as min / median / max of the rounds, with the bar where there is one. QUICK=1 makes
one short round of each scene. An announcement is counted at every other tab.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from benchmarks.collab_scenes import Figures, crowd, idle_tabs, opening
from benchmarks.web_processes import WebProcesses

SCENES = {
    "crowd": "50 writers on one document, 2 edits/s each",
    "tables": "10 documents of 5 writers, 2 edits/s each",
    "opening": "opening 1 MB with 100,000 updates",
    "idle": "200 idle tabs on one web process",
}
BARS = {
    ("crowd", "acknowledged p95 ms"): 150,
    ("crowd", "announced p95 ms"): 250,
    ("crowd", "acknowledged max ms"): 2000,
    ("tables", "acknowledged p95 ms"): 100,
    ("opening", "first ms"): 1000,
    ("idle", "more with the tabs MB"): 150,
}
IS_QUICK = bool(os.environ.get("QUICK"))


def main() -> None:
    arguments = _parse()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for scene in arguments.scenes:
        rounds = [_round(scene, arguments) for _ in range(arguments.rounds)]
        _print_table(scene, rounds)


def _round(scene: str, arguments: argparse.Namespace) -> Figures:
    """Each round has processes, a database and documents of its own."""
    scenes: dict[str, Callable[[WebProcesses], Coroutine[Any, Any, Figures]]] = {
        "crowd": lambda processes: crowd(processes, 1, arguments.writers, arguments.seconds),
        "tables": lambda processes: crowd(processes, 10, 5, arguments.seconds),
        "opening": lambda processes: opening(processes, arguments.updates),
        "idle": lambda processes: idle_tabs(processes, 200),
    }
    with tempfile.TemporaryDirectory(prefix="inkling-") as folder, WebProcesses(Path(folder)) as processes:
        begin = time.monotonic()
        figures = asyncio.run(scenes[scene](processes))
        print(f"  {scene}: {figures} ({time.monotonic() - begin:.0f} s)")
        return figures


def _print_table(scene: str, rounds: list[Figures]) -> None:
    print(f"\n| {SCENES[scene]} | min | median | max | bar |\n|---|---|---|---|---|")
    for name in rounds[0]:
        values = sorted(figures[name] for figures in rounds)
        bar = BARS.get((scene, name))
        told = "" if bar is None else f"<= {bar}"
        print(f"| {name} | {values[0]:.6g} | {values[len(values) // 2]:.6g} | {values[-1]:.6g} | {told} |")
    print()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10 if IS_QUICK else 60)
    parser.add_argument("--rounds", type=int, default=1 if IS_QUICK else 3)
    parser.add_argument("--writers", type=int, default=50)
    parser.add_argument("--updates", type=int, default=100_000)
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    return parser.parse_args()


if __name__ == "__main__":
    main()

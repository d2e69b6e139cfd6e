"""`make bench-engine`: the engine beside its peers, and the bars it is held to. See docs/performance.md.

    python -m benchmarks.engine [--quick] [--scenes typing cold typists decode memory]

BENCH_PEERS_PYTHON and BENCH_EXPORT_PYTHON name interpreters that have benchmarks/requirements.txt and
requirements-export.txt, BENCH_CHECKPOINTS a folder with checkpoints; what is not named is made below .bench/. Figures
are kept in .bench/engine.json, scene by scene, so that a run of some scenes leaves those of the others.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.engine import machine, scenes
from benchmarks.engine.bars import print_bars, print_figures
from benchmarks.engine.checkpoints import make_checkpoint
from benchmarks.engine.contest import Contest
from benchmarks.engine.figures import Figures
from benchmarks.engine.work import Work

CACHE = Path(".bench")
SCENES = ("typing", "cold", "typists", "decode", "memory")
SHAPES = {"typing": "gpt2", "cold": "gpt2", "typists": "distilgpt2"}


def main() -> None:
    arguments = _parse()
    plan = scenes.QUICK if arguments.quick else scenes.FULL
    CACHE.mkdir(exist_ok=True)
    checkpoints = Path(os.environ.get("BENCH_CHECKPOINTS") or CACHE / "checkpoints").resolve()
    described = machine.describe()
    for name, value in described.items():
        print(f"{name}: {value}")
    file = CACHE / ("engine-quick.json" if arguments.quick else "engine.json")
    results: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    for scene in arguments.scenes:
        print(f"\n{scene}", flush=True)
        figures, absent = _play(scene, checkpoints, plan)
        results[scene] = {"machine": described, "figures": figures, "absent": absent}
        file.write_text(json.dumps(results, indent=1))
        print_figures(scene, results[scene])
    print_bars(results)


def _play(scene: str, checkpoints: Path, plan: scenes.Plan) -> tuple[dict[str, Figures], dict[str, str]]:
    if scene == "decode":
        return scenes.play_decode(plan)
    if scene == "memory":
        return _play_memory(checkpoints, plan)
    play: dict[str, Callable[[Contest, Work, scenes.Plan], dict[str, Figures]]] = {
        "typing": scenes.play_typing,
        "cold": scenes.play_cold,
        "typists": scenes.play_typists,
    }
    name = SHAPES[scene]
    make_checkpoint(checkpoints, name)
    contest = Contest(name, checkpoints, CACHE)
    try:
        return play[scene](contest, Work(checkpoints / name), plan), contest.absent
    finally:
        contest.close()


def _play_memory(checkpoints: Path, plan: scenes.Plan) -> tuple[dict[str, Figures], dict[str, str]]:
    for name in ("gpt2", "tiny"):
        make_checkpoint(checkpoints, name)
    contests = [Contest(name, checkpoints, CACHE) for name in ("gpt2", "tiny")]
    works = Work(checkpoints / "gpt2"), Work(checkpoints / "tiny")
    try:
        return scenes.play_memory(contests[0], contests[1], works, plan), contests[0].absent
    finally:
        for contest in contests:
            contest.close()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about five minutes instead of forty")
    parser.add_argument("--scenes", nargs="+", choices=SCENES, default=list(SCENES))
    return parser.parse_args()


if __name__ == "__main__":
    main()

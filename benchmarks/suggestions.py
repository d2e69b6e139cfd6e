"""`make bench`: simulated typists on the running system, and the naive way of doing it, in the same run.

    python -m benchmarks.suggestions --text NOVEL.txt [--typists 1 4 8 16 --seconds 30 --rounds 3]

Prints a table per number of typists: time from the `suggest` frame to the first text and to the end, tokens per
second, the share of keystrokes that saw text before the next keystroke; then the road without the model, a
cache hit, and a cancel.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import statistics
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.naive import NaiveServer
from benchmarks.naive import type_for as type_naively
from benchmarks.report import Row, median_of_rounds, print_table, summarise
from benchmarks.system import running_system
from benchmarks.typist import PROMPT_LENGTH, Asked, Typist, prompt_before

BUNDLED = Path("generation/bundled/novels-7m")
PARAMS: dict[str, Any] = {
    "num_continuations": 3,
    "max_new_tokens": 20,
    "temperature": 1.0,
    "top_k": 0,
    "top_p": 0.9,
    "repetition_penalty": 1.0,
    "stop": [],
    "stop_at": "none",
    "seed": None,
    "max_time_ms": 10_000,
}
NUM_PROBES = 60


def main() -> None:
    arguments = _parse()
    text = " ".join(arguments.text.read_text().split())
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}")
    with running_system() as (address, log):
        ours = {
            count: [asyncio.run(_typists(address, text, count, arguments.seconds)) for _ in range(arguments.rounds)]
            for count in arguments.typists
        }
        probes = asyncio.run(_probe(address, text))
        _print_probes(probes, _model_milliseconds(log))
    server = NaiveServer(BUNDLED, PARAMS)
    naive = {
        count: [asyncio.run(_naive(server, text, count, arguments.seconds)) for _ in range(arguments.rounds)]
        for count in arguments.typists
    }
    for count in arguments.typists:
        rows = [("Inkling", median_of_rounds(ours[count])), ("pipeline", median_of_rounds(naive[count]))]
        print_table(f"{count} typist{'s' if count > 1 else ''}", rows)


async def _typists(address: str, text: str, count: int, seconds: float) -> Row:
    typists = [Typist(address, text, seed, PARAMS) for seed in range(count)]
    for typist in typists:
        await typist.open()
    begin = time.perf_counter()
    await asyncio.gather(*(typist.type_for(seconds) for typist in typists))
    elapsed = time.perf_counter() - begin
    for typist in typists:
        await typist.close()
    return _told("Inkling", count, summarise([asked for typist in typists for asked in typist.asked.values()], elapsed))


async def _naive(server: NaiveServer, text: str, count: int, seconds: float) -> Row:
    begin = time.perf_counter()
    everything = await asyncio.gather(*(type_naively(server, text, seed, seconds) for seed in range(count)))
    row = summarise([asked for one in everything for asked in one], time.perf_counter() - begin)
    return _told("pipeline", count, row)


def _told(name: str, count: int, row: Row) -> Row:
    """Each round is printed when it ends, so that a run that is cut off was not for nothing."""
    print(f"  {name}, {count}: {row}", flush=True)
    return row


async def _probe(address: str, text: str) -> dict[str, list[Asked]]:
    """One writer at rest: each prompt asked afresh, and asked again for the cache."""
    typist = Typist(address, text, 0, PARAMS)
    await typist.open()
    fresh, cached = [], []
    for number in range(NUM_PROBES):
        prompt = prompt_before(text, PROMPT_LENGTH + number * 40)
        fresh.append(await typist.ask(prompt, fresh=True))
        await typist.wait_for(fresh[-1])
        cached.append(await typist.ask(prompt))
        await typist.wait_for(cached[-1])
    await typist.close()
    return {"fresh": fresh, "cached": [asked for asked in cached if asked.is_cached], "asked again": cached}


def _model_milliseconds(log: Path) -> dict[str, float]:
    """What the engine says that it needed from a request's arrival to its first text, by the browser's request id."""
    found = re.findall(r"answered \S*:(\w+): .*?first text after ([\d.]+) ms", log.read_text())
    return {request_id: float(milliseconds) for request_id, milliseconds in found}


def _print_probes(probes: dict[str, list[Asked]], spent: dict[str, float]) -> None:
    outside = [
        asked.to_first_text * 1000 - spent[asked.request_id]
        for asked in probes["fresh"]
        if asked.to_first_text is not None and asked.request_id in spent
    ]
    hits = [asked.to_first_text * 1000 for asked in probes["cached"] if asked.to_first_text is not None]
    print("\n| one writer at rest | count | p50 ms | p95 ms |\n|---|---|---|---|")
    for name, values in (("outside the model", outside), ("cache hit, frame to first text", hits)):
        if len(values) > 1:
            print(f"| {name} | {len(values)} | {statistics.median(values):.1f} | {_p95(values):.1f} |")
        else:
            print(f"| {name} | {len(values)} | not measured | |", flush=True)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = os.environ.get("INKLING_TEST_DATA")
    default = Path(folder, "corpus", "the-wind-in-the-willows.txt") if folder else None
    parser.add_argument("--text", type=Path, default=default, required=default is None, help="a novel as plain text")
    parser.add_argument("--typists", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()

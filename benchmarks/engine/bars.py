"""The bars the engine is held to, and whether it reaches them: tables for a terminal and for docs/performance.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from benchmarks.engine.contest import OURS
from benchmarks.engine.figures import Figures

TRANSFORMERS, CTRANSLATE2, OPENVINO = "transformers", "CTranslate2 int8", "OpenVINO GenAI int8"
COLUMNS = {
    "typing": {"first_p50": "first text p50 ms", "first_p95": "p95 ms", "end_p50": "end p50 ms", "seen": "keys seen"},
    "cold": {"tokens_per_second": "tokens/s", "seconds": "seconds"},
    "typists": {
        "soon": "first text within 300 ms",
        "seen": "keys seen",
        "first_p50": "first text p50 ms",
        "first_p95": "p95 ms",
        "tokens_per_second": "tokens/s",
    },
}
# What a run's noise may add to the resident set; a leak of a hundred bytes a request is more.
NO_GROWTH_MEGABYTES = 2.0

Row = tuple[str, str, str, str, bool | None]


def print_figures(scene: str, result: dict[str, Any]) -> None:
    figures: dict[str, Figures] = result["figures"]
    columns = COLUMNS.get(scene) or {name: name for row in figures.values() for name in row}
    print(f"\n| {scene} | {' | '.join(columns.values())} |\n|---{'|---' * len(columns)}|")
    for label, row in figures.items():
        cells = [_cell(name, row[name]) if name in row else "" for name in columns]
        print(f"| {label.replace(' | ', ', ')} | {' | '.join(cells)} |")
    for name, reason in result["absent"].items():
        print(f"{name} did not take part: {reason}")


def print_bars(results: dict[str, Any]) -> None:
    print("\n| bar | dtype | figure | peer | reached |\n|---|---|---|---|---|")
    for bar, dtype, figure, peer, is_reached in _bars({name: result["figures"] for name, result in results.items()}):
        print(f"| {bar} | {dtype} | {figure} | {peer} | {_yes_no(is_reached)} |")
    busy = {result["machine"]["load at start"] for result in results.values() if "BUSY" in str(result["machine"])}
    for load in sorted(busy):
        print(f"\nWARNING: a scene was played with other work on the machine, load {load}")


def _bars(results: dict[str, dict[str, Figures]]) -> Iterator[Row]:
    for dtype in ("float32", "int8", "bfloat16"):
        yield from _typing(dtype, results.get("typing", {}))
        yield from _cold(dtype, results.get("cold", {}))
        yield from _typists(dtype, results.get("typists", {}))
        yield from _decode(dtype, results.get("decode", {}))
        yield from _extra(dtype, results.get("memory", {}))
    yield from _growth(results.get("memory", {}))


def _typing(dtype: str, figures: dict[str, Figures]) -> Iterator[Row]:
    ours = figures.get(f"{OURS} {dtype}")
    for peer, bar in ((TRANSFORMERS, 15.0), (f"{OPENVINO}, 3 x 20", 5.0), (f"{OPENVINO}, 1 x 20", 1.0)):
        if ours:
            theirs = figures.get(peer, {}).get("first_p50")
            row = _ratio(f"typing, first text p50, {bar:g}x faster", dtype, ours["first_p50"], theirs, "ms", peer)
            yield (*row[:4], _reaches(theirs, ours["first_p50"], bar))


def _cold(dtype: str, figures: dict[str, Figures]) -> Iterator[Row]:
    for number in (8, 16):
        ours = figures.get(f"{OURS} {dtype} | {number}")
        for peer, bar in ((TRANSFORMERS, 8.0), (CTRANSLATE2, 3.0), (OPENVINO, 1.5)):
            if ours:
                theirs = figures.get(f"{peer} | {number}", {}).get("tokens_per_second")
                speed = ours["tokens_per_second"]
                row = _ratio(f"cold, {number} requests, {bar:g}x", dtype, speed, theirs, "tok/s", peer)
                yield (*row[:4], _reaches(speed, theirs, bar))


def _typists(dtype: str, figures: dict[str, Figures]) -> Iterator[Row]:
    ours = figures.get(f"{OURS} {dtype} | 16")
    if ours:
        theirs = figures.get(f"{TRANSFORMERS} | 16")
        peer = f"{theirs['soon']:.1%} {TRANSFORMERS}" if theirs else "not measured"
        share = ours["soon"]
        yield "16 typists, first text within 300 ms, 95 %", dtype, f"{share:.1%}", peer, share >= 0.95


def _decode(dtype: str, figures: dict[str, Figures]) -> Iterator[Row]:
    ours = figures.get(dtype)
    if ours:
        ratio = ours["step"] / ours["floor"]
        figure = f"{ratio:.1f}x ({ours['step']:.1f} ms)"
        yield "decode step, 24 rows, 3x the floor", dtype, figure, f"{ours['floor']:.1f} ms floor", ratio <= 3


def _extra(dtype: str, figures: dict[str, Figures]) -> Iterator[Row]:
    ours = figures.get(f"{OURS} {dtype}")
    if ours:
        peer = f"{ours['imports']:.0f} MB of it before loading"
        yield "memory beyond weights and cells, 300 MB", dtype, f"{ours['extra']:.0f} MB", peer, ours["extra"] <= 300


def _growth(figures: dict[str, Figures]) -> Iterator[Row]:
    if "growth" in figures:
        grown, number = figures["growth"]["grown"], figures["growth"]["requests"]
        name = f"growth over {number:,.0f} requests, none"
        before = f"{figures['growth']['at first']:+.1f} MB over as many before"
        yield name, "float32", f"{grown:+.1f} MB", before, grown <= NO_GROWTH_MEGABYTES


def _ratio(bar: str, dtype: str, ours: float, theirs: float | None, unit: str, peer: str) -> tuple[str, str, str, str]:
    if theirs is None:
        return bar, dtype, f"{ours:.0f} {unit}", f"{peer}: not measured"
    ratio = theirs / ours if unit == "ms" else ours / theirs
    return bar, dtype, f"{ratio:.1f}x ({ours:.0f} {unit})", f"{theirs:.0f} {unit} {peer}"


def _reaches(more: float | None, less: float | None, bar: float) -> bool | None:
    return None if more is None or less is None else more >= bar * less


def _yes_no(is_reached: bool | None) -> str:
    return "not measured" if is_reached is None else "yes" if is_reached else "NO"


def _cell(name: str, value: float) -> str:
    if name in ("seen", "soon"):
        return f"{value:.1%}"
    return "never" if math.isinf(value) else f"{value:.1f}"

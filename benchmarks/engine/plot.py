"""Draws figures by number of typists, from what a run has kept: python -m benchmarks.engine.plot [docs/typists.svg]"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.engine.figures import Figures

WIDTH, HEIGHT, GAP, MARGIN, TOP = 250, 200, 70, 60, 40
COLOURS = ("#c2410c", "#7c3aed", "#0369a1", "#15803d", "#a16207")
Curves = dict[str, list[tuple[int, float]]]
# Title, figure, its factor, and whether the axis is logarithmic.
PANELS = (
    ("first text p50, ms", "first_p50", 1.0, True),
    ("keys with text within 300 ms, %", "soon", 100.0, False),
    ("tokens per second", "tokens_per_second", 1.0, False),
)


def main() -> None:
    results = json.loads(Path(".bench/engine.json").read_text())
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/typists.svg")
    target.write_text(draw(results["typists"]["figures"]))
    print(f"wrote {target}")


def draw(figures: dict[str, Figures]) -> str:
    """`figures` by "contender | number of typists"; an SVG that is legible on light and dark pages."""
    names = list(dict.fromkeys(label.split(" | ")[0] for label in figures))
    width = MARGIN + len(PANELS) * (WIDTH + GAP)
    height = TOP + HEIGHT + 70
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"',
        ' font-family="sans-serif" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for place, (title, figure, factor, is_log) in enumerate(PANELS):
        left = MARGIN + place * (WIDTH + GAP)
        parts += _panel(title, _curves(figures, names, figure, factor), left, is_log)
    for place, name in enumerate(names):
        left = MARGIN + 180 * place
        parts.append(f'<rect x="{left}" y="{height - 18}" width="12" height="4" fill="{COLOURS[place]}"/>')
        parts.append(f'<text x="{left + 18}" y="{height - 12}">{name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _curves(figures: dict[str, Figures], names: list[str], figure: str, factor: float) -> Curves:
    curves: Curves = {name: [] for name in names}
    for label, row in figures.items():
        name, number = label.split(" | ")
        if math.isfinite(row[figure]):
            curves[name].append((int(number), factor * row[figure]))
    return curves


def _panel(title: str, curves: Curves, left: float, is_log: bool) -> list[str]:
    points = [point for curve in curves.values() for point in curve]
    numbers = sorted({number for number, _ in points})
    y, ticks = _axis([value for _, value in points], is_log)

    def x(number: int) -> float:
        return left + WIDTH * (numbers.index(number) + 0.5) / len(numbers)

    parts = [f'<text x="{left}" y="{TOP - 14}" font-weight="bold">{title}</text>']
    for tick in ticks:
        parts.append(f'<path d="M{left} {y(tick):.1f}h{WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    parts += [
        f'<text x="{x(number):.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{number}</text>' for number in numbers
    ]
    parts.append(f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 36}" text-anchor="middle">typists</text>')
    for colour, curve in zip(COLOURS, curves.values(), strict=False):
        path = " ".join(f"{x(number):.1f},{y(value):.1f}" for number, value in curve)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x(number):.1f}" cy="{y(value):.1f}" r="3" fill="{colour}"/>' for number, value in curve
        ]
    return parts


def _axis(values: list[float], is_log: bool) -> tuple[Callable[[float], float], list[float]]:
    """From a value to its height, and where lines are drawn."""
    if is_log:
        low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        high = max(high, low + 1)
        ticks = [10.0**power for power in range(low, high + 1)]
        return lambda value: TOP + HEIGHT * (high - math.log10(value)) / (high - low), ticks
    step = 10.0 ** math.floor(math.log10(max(*values, 1.0)))
    step = step / 5 if max(values) < 2 * step else step
    top = step * math.ceil(max(*values, 1.0) / step)
    ticks = [step * number for number in range(round(top / step) + 1)]
    return lambda value: TOP + HEIGHT * (1 - value / top), ticks


if __name__ == "__main__":
    main()

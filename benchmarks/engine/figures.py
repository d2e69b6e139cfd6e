"""From what a contender reports to figures, and from the figures of several rounds to their medians."""

from __future__ import annotations

import math
import statistics
from typing import Any

Figures = dict[str, float]
SOON_SECONDS = 0.3


def typing_figures(report: dict[str, Any]) -> Figures:
    """Milliseconds. A key whose text never came counts in no percentile, but in the shares."""
    first = _milliseconds(report["first"])
    end = _milliseconds(report["end"])
    return {
        "first_p50": _quantile(first, 0.5),
        "first_p95": _quantile(first, 0.95),
        "end_p50": _quantile(end, 0.5),
        "seen": len(first) / len(report["first"]),
        "soon": sum(value <= 1000 * SOON_SECONDS for value in first) / len(report["first"]),
        "tokens_per_second": report["tokens"] / report["seconds"],
    }


def cold_figures(report: dict[str, Any]) -> Figures:
    return {"tokens_per_second": report["tokens"] / report["seconds"], "seconds": report["seconds"]}


def median(rounds: list[Figures]) -> Figures:
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}


def _milliseconds(seconds: list[float | None]) -> list[float]:
    return sorted(1000 * value for value in seconds if value is not None)


def _quantile(ordered: list[float], share: float) -> float:
    """The least value that so large a share does not exceed; infinite where nothing came."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.inf

"""Turns what was asked and answered into the rows of a table."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, fields

from benchmarks.typist import Asked


@dataclass(frozen=True, slots=True)
class Row:
    """Times in milliseconds, from the `suggest` frame; a share is of 1."""

    first_p50: float
    first_p95: float
    end_p50: float
    end_p95: float
    tokens_per_second: float
    share_seen: float
    errors: float


def summarise(everything: list[Asked], elapsed: float) -> Row:
    """A request superseded by the next keystroke before any text came counts as not seen, not as fast."""
    first = [asked.to_first_text * 1000 for asked in everything if asked.to_first_text is not None]
    end = [asked.to_end * 1000 for asked in everything if asked.to_end is not None and not asked.is_superseded]
    return Row(
        *_p50_p95(first),
        *_p50_p95(end),
        tokens_per_second=sum(asked.num_tokens for asked in everything) / elapsed,
        share_seen=len(first) / max(1, len(everything)),
        errors=sum(asked.error is not None for asked in everything),
    )


def median_of_rounds(rounds: list[Row]) -> Row:
    return Row(*(statistics.median(getattr(row, field.name) for row in rounds) for field in fields(Row)))


def print_table(title: str, rows: list[tuple[str, Row]]) -> None:
    print(f"\n| {title} | first text p50 ms | p95 ms | end p50 ms | p95 ms | tokens/s | keystrokes seen | errors |")
    print("|---|---|---|---|---|---|---|---|")
    for name, row in rows:
        print(
            f"| {name} | {row.first_p50:.0f} | {row.first_p95:.0f} | {row.end_p50:.0f} | {row.end_p95:.0f} "
            f"| {row.tokens_per_second:.0f} | {row.share_seen:.0%} | {row.errors:.0f} |"
        )


def _p50_p95(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return (values[0], values[0]) if values else (float("nan"), float("nan"))
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]

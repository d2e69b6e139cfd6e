"""What a key costs is read from the trace: its own tasks and the frame that shows it, nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.main_thread import key_costs

PAGE, OTHER = 7, 8


def span(name: str, began: int, elapsed: int, cpu: int = 0, thread: int = PAGE, **data: Any) -> dict[str, Any]:
    args = {"data": data}
    return {"ph": "X", "name": name, "ts": began, "dur": elapsed, "tdur": cpu, "pid": 1, "tid": thread, "args": args}


def task(began: int, elapsed: int, cpu: int, *dispatched: str, is_frame: bool = False) -> list[dict[str, Any]]:
    events = [span("EventDispatch", began + 1 + place, 1, type=kind) for place, kind in enumerate(dispatched)]
    frame = [span("Commit", began + 1, 1)] if is_frame else []
    return [span("RunTask", began, elapsed, cpu), *events, *frame]


KEY = task(1000, 3000, 2500, "keydown", "keypress", "textInput")


def test_a_key_costs_its_task_and_the_next_frame_without_the_wait_between_them() -> None:
    (cost,) = key_costs([*KEY, *task(15_000, 8000, 6000, is_frame=True)])
    assert (cost.elapsed_ms, cost.cpu_ms) == pytest.approx((11.0, 8.5))


def test_what_others_cause_and_later_frames_are_not_the_keys() -> None:
    carets = task(5000, 4000, 4000)
    shown = task(15_000, 8000, 6000, is_frame=True)
    later = task(30_000, 9000, 9000, is_frame=True)
    (cost,) = key_costs([*KEY, *carets, *shown, *later])
    assert cost.elapsed_ms == pytest.approx(11.0)


def test_a_frame_before_the_text_is_there_does_not_show_the_key() -> None:
    down, early = task(1000, 1000, 1000, "keydown"), task(3000, 5000, 5000, is_frame=True)
    typed, shown = task(9000, 2000, 2000, "keypress", "textInput"), task(20_000, 4000, 4000, is_frame=True)
    (cost,) = key_costs([*down, *early, *typed, *shown])
    assert cost.elapsed_ms == pytest.approx(7.0)


def test_two_keys_before_a_frame_leave_it_to_the_second_one() -> None:
    second = task(5000, 2000, 2000, "keydown", "keypress", "textInput")
    costs = key_costs([*KEY, *second, *task(15_000, 8000, 6000, is_frame=True)])
    assert [cost.elapsed_ms for cost in costs] == pytest.approx([10.0])


def test_a_task_within_a_task_is_counted_once() -> None:
    inner = span("RunTask", 1500, 100, 100)
    (cost,) = key_costs([*KEY, inner, *task(15_000, 8000, 6000, is_frame=True)])
    assert cost.elapsed_ms == pytest.approx(11.0)


def test_other_threads_and_a_key_that_was_not_shown_count_for_nothing() -> None:
    assert key_costs([*KEY, span("RunTask", 15_000, 8000, 6000, OTHER), span("Commit", 15_001, 1, 0, OTHER)]) == []
    assert key_costs([]) == []

"""What each key costs a page's main thread, read from Chromium's trace of its tasks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession

CATEGORIES = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
KEY_EVENTS = {"keydown", "keypress", "beforeinput", "textInput", "input"}

TraceEvent = dict[str, Any]


@dataclass(slots=True)
class Task:
    """A task of the main thread, in microseconds; what microtasks and forced layouts it runs is in it."""

    began: int
    elapsed: int
    cpu: int
    dispatched: set[str] = field(default_factory=set)
    has_frame: bool = False

    @property
    def is_key(self) -> bool:
        return bool(self.dispatched & KEY_EVENTS)


@dataclass(slots=True)
class KeyCost:
    """The tasks that handle a key and the one that makes the frame which shows it, without the waiting between them."""

    elapsed_ms: float = 0.0
    cpu_ms: float = 0.0
    is_shown: bool = False

    def add(self, task: Task) -> None:
        self.elapsed_ms += task.elapsed / 1000
        self.cpu_ms += task.cpu / 1000


@asynccontextmanager
async def traced(session: CDPSession) -> AsyncIterator[list[TraceEvent]]:
    """Complete once the block has been left."""
    events: list[TraceEvent] = []
    complete = asyncio.Event()
    session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda _: complete.set())
    config = {"includedCategories": CATEGORIES, "excludedCategories": ["*"]}
    await session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": config})
    yield events
    await session.send("Tracing.end")
    await complete.wait()


def key_costs(events: list[TraceEvent]) -> list[KeyCost]:
    """In the order of the keys; without those whose frame is not in the trace any more."""
    costs: list[KeyCost] = []
    # Text is in the document when "textInput" has been handled; a frame before that shows nothing of it.
    is_handled = False
    for task in tasks_of_page(events):
        if "keydown" in task.dispatched:
            costs.append(KeyCost())
            is_handled = False
        if not costs or costs[-1].is_shown:
            continue
        if task.is_key or (task.has_frame and is_handled):
            costs[-1].add(task)
        costs[-1].is_shown = task.has_frame and is_handled
        is_handled = is_handled or "textInput" in task.dispatched
    return [cost for cost in costs if cost.is_shown]


def tasks_of_page(events: list[TraceEvent]) -> list[Task]:
    """Of the thread that keys come to. A task that another one runs within itself belongs to that one."""
    spans = [event for event in events if event["ph"] == "X"]
    threads = Counter(_thread(span) for span in spans if _dispatched(span) == "keydown")
    if not threads:
        return []
    ((page, _),) = threads.most_common(1)
    tasks: list[Task] = []
    for span in sorted((span for span in spans if _thread(span) == page), key=lambda span: (span["ts"], -span["dur"])):
        is_inside = bool(tasks) and span["ts"] < tasks[-1].began + tasks[-1].elapsed
        if span["name"] == "RunTask" and not is_inside:
            tasks.append(Task(span["ts"], span["dur"], span.get("tdur", 0)))
        if is_inside and (kind := _dispatched(span)):
            tasks[-1].dispatched.add(kind)
        if is_inside and span["name"] == "Commit":
            tasks[-1].has_frame = True
    return tasks


def _thread(span: TraceEvent) -> tuple[int, int]:
    return span["pid"], span["tid"]


def _dispatched(span: TraceEvent) -> str | None:
    return str(span["args"]["data"]["type"]) if span["name"] == "EventDispatch" else None

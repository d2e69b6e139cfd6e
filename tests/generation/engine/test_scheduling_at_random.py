"""Whatever comes, is called off or is late: limits hold at every step, turns are kept, and every request ends once."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from generation.engine.scheduler import Scheduler
from generation.engine.sequence_group import SequenceGroup
from generation.errors import Busy
from generation.messages import ContinuationFailed, ContinuationFinished, ContinuationStarted
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver

MAX_RUNNING = 7
MAX_WAITING = 12
NUM_TURNS = 600
ASKERS = ["alice", "bob", "carol", "dave"]


class Observer:
    """Looks at the scheduler each time it has taken requests up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken_up: list[SequenceGroup] = []
        self.num_waited = 0
        admit = Scheduler.admit

        def observed(scheduler: Scheduler) -> None:
            before = list(scheduler.running)
            admit(scheduler)
            self.taken_up += [group for group in scheduler.running if group not in before]
            self.look(scheduler)

        monkeypatch.setattr(Scheduler, "admit", observed)

    def look(self, scheduler: Scheduler) -> None:
        assert scheduler.num_running <= MAX_RUNNING or len(scheduler.running) == 1
        self.num_waited += len(scheduler.waiting)
        self.look_at_memory(scheduler)

    def look_at_memory(self, scheduler: Scheduler) -> None:
        """Everything lent lies within the budget, and no two lie in the same place."""
        arena = scheduler._slots.arena
        ranges = sorted((lent.start, lent.start + lent.size) for lent in arena._taken)
        assert all(end <= start for (_, end), (start, _) in pairwise(ranges))
        assert not ranges or 0 <= ranges[0][0] <= ranges[-1][1] <= arena.budget
        leases = [group.lease for group in scheduler.running if group.lease is not None]
        assert len(leases) == len(scheduler.running)
        own = [cells.lent for lease in leases for cells in lease.own]
        slots = {id(lease.slot): lease.slot.cells.lent for lease in leases}
        assert {(lent.start, lent.start + lent.size) for lent in (*own, *slots.values())} <= set(ranges)


@pytest.mark.parametrize("seed", range(4))
def test_limits_and_turns_hold_whatever_comes(
    make_driver: Callable[..., Driver], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    observer = Observer(monkeypatch)
    driver = make_driver(max_running=MAX_RUNNING, max_waiting=MAX_WAITING, memory_budget=1500 * 1024, prefill_chunk=64)
    chance = random.Random(seed)
    asked: dict[str, int] = {}
    came: dict[str, list[str]] = defaultdict(list)
    num_refused = 0
    for number in range(NUM_TURNS):
        match chance.random():
            case share if share < 0.6:
                asker = chance.choice(ASKERS)
                # Some ask from several tabs at once, and one always from the same.
                request_id = f"{asker}-{chance.randrange(3) if asker != 'dave' else 0}:{number}"
                params = make_params(chance)
                try:
                    driver.submit(make_prompt(chance), request_id, asker=asker, **params)
                except Busy:
                    num_refused += 1
                    continue
                asked[request_id] = params["num_continuations"]
                came[asker].append(request_id)
            case share if share < 0.7 and asked:
                driver.engine.cancel(chance.choice(list(asked)))
            case share if share < 0.75:
                driver.now += chance.choice([0.2, 2.0])
            case _:
                for _ in range(chance.randint(1, 6)):
                    driver.engine.step()
    driver.run()
    for request_id, num_continuations in asked.items():
        check_end(driver, request_id, num_continuations)
    check_turns(observer, came)
    reasons = {event.finish_reason for request_id in asked for event in driver.finished(request_id)}
    assert reasons == {"length", "cancelled", "deadline"}
    assert min(num_refused, observer.num_waited) > 0
    driver.engine.unload("tiny")
    driver.engine.step()
    assert driver.engine._slots.arena.num_bytes == 0


def make_prompt(chance: random.Random) -> str:
    start = chance.randrange(len(TRAINING_TEXT) - 250)
    return TRAINING_TEXT[start : start + chance.choice([0, 5, 40, 250])]


def make_params(chance: random.Random) -> dict[str, Any]:
    return {
        "num_continuations": chance.choice([1, 2, 3, 3, 9]),
        "max_new_tokens": chance.randint(1, 25),
        "max_time_ms": chance.choice([100, 1000, 3_600_000]),
        "seed": chance.randrange(99),
        "logit_bias": ((0, -100.0),),
    }


def check_end(driver: Driver, request_id: str, num_continuations: int) -> None:
    """It has started once; then each continuation has ended once and was silent from then on, or the request failed."""
    first, *events = driver.events[request_id]
    assert isinstance(first, ContinuationStarted)
    assert not any(isinstance(event, ContinuationStarted) for event in events)
    ends = [event for event in events if isinstance(event, (ContinuationFinished, ContinuationFailed))]
    if isinstance(ends[-1], ContinuationFailed):
        assert events[-1] is ends[-1]
        ends.pop()
    else:
        assert len(ends) == num_continuations
    finished = {event.index: place for place, event in enumerate(events) if isinstance(event, ContinuationFinished)}
    assert len(finished) == len(ends)
    assert set(finished) <= set(range(num_continuations))
    assert all(place <= finished.get(getattr(event, "index", -1), place) for place, event in enumerate(events))


def check_turns(observer: Observer, came: dict[str, list[str]]) -> None:
    """Nobody is taken up twice, and the requests of one asker in the order that they came."""
    for asker, request_ids in came.items():
        taken_up = [group.request.request_id for group in observer.taken_up if group.asker == asker]
        assert len(taken_up) > 5
        assert taken_up == [request_id for request_id in request_ids if request_id in taken_up]

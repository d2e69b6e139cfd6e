"""Who is next, and that nobody is pushed out: decided on plain values, then seen in the engine, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from generation.engine.fairness import TOKENS_PER_STEP_WAITED, by_urgency, in_turn, leaves_room
from generation.engine.scheduler import Batch, Scheduler
from generation.errors import Busy
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver

LONG = TRAINING_TEXT[:300]


@dataclass(eq=False)
class FakeGroup:
    """`name` says which one it is."""

    name: str
    asker: str
    num_unread: int = 0
    num_rows: int = 3
    num_steps_waited: int = 0


def names(groups: list[FakeGroup]) -> list[str]:
    return [group.name for group in groups]


def num_tokens(driver: Driver, request_id: str) -> int:
    return sum(len(tokens) for tokens in driver.token_ids(request_id))


def steps_to_first_token(driver: Driver, request_id: str) -> int:
    for number in range(1, 1000):
        driver.engine.step()
        if num_tokens(driver, request_id):
            return number
    raise AssertionError("no token came in 1000 steps")


# Whose turn it is


def test_who_has_fewest_running_is_next_and_the_oldest_of_equals() -> None:
    running = [FakeGroup("a0", "alice"), FakeGroup("a1", "alice"), FakeGroup("b0", "bob")]
    waiting = [FakeGroup("a2", "alice"), FakeGroup("b1", "bob"), FakeGroup("c0", "carol"), FakeGroup("d0", "dave")]
    assert names(in_turn(waiting, running)) == ["c0", "d0", "b1", "a2"]


def test_of_one_askers_requests_the_oldest_is_next() -> None:
    assert names(in_turn([FakeGroup("a0", "alice"), FakeGroup("a1", "alice")], [])) == ["a0"]


def test_nobody_takes_all_that_is_free_but_everybody_may_take_something() -> None:
    assert leaves_room(held=0, added=90, free=96)
    assert leaves_room(held=61, added=3, free=35)
    assert not leaves_room(held=62, added=3, free=34)


# What is read first


def test_short_prompts_are_read_first() -> None:
    groups = [FakeGroup("long", "alice", 900), FakeGroup("short", "bob", 4), FakeGroup("middle", "carol", 100)]
    assert names(by_urgency(groups)) == ["short", "middle", "long"]


def test_a_long_prompt_is_overtaken_by_short_ones_for_a_while_only() -> None:
    num_steps = 900 // TOKENS_PER_STEP_WAITED
    long = FakeGroup("long", "alice", 900, num_steps_waited=num_steps - 1)
    assert names(by_urgency([long, FakeGroup("short", "bob", 4)])) == ["short", "long"]
    long.num_steps_waited = num_steps + 1
    assert names(by_urgency([long, FakeGroup("short", "bob", 4)])) == ["long", "short"]


def test_many_prompts_of_one_asker_wait_for_one_of_another() -> None:
    groups = [*(FakeGroup(f"a{number}", "alice", 4) for number in range(3)), FakeGroup("b", "bob", 500)]
    assert names(by_urgency(groups)) == ["a0", "b", "a1", "a2"]


# In the engine


@pytest.mark.parametrize("memory_budget", [64 * 2**20, 3 * 2**20])
def test_a_flood_by_one_asker_delays_another_by_a_few_steps(
    make_driver: Callable[..., Driver], memory_budget: int
) -> None:
    driver = make_driver(max_waiting=200, memory_budget=memory_budget, prefill_chunk=64)
    flood = [driver.submit(LONG[number:], asker="flood", max_new_tokens=30) for number in range(60)]
    for _ in range(3):
        driver.engine.step()
    other = driver.submit(LONG, asker="other", max_new_tokens=3)
    alone = make_driver(prefill_chunk=64)
    num_alone = steps_to_first_token(alone, alone.submit(LONG))
    assert steps_to_first_token(driver, other) <= 3 * num_alone + 2
    driver.run()
    assert all(len(driver.texts(request_id)) == 3 for request_id in flood)


def test_who_comes_into_the_middle_of_a_flood_is_let_in_again_and_again(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(max_waiting=200, max_running=12)
    flood = [driver.submit("The cat", asker="flood", max_new_tokens=30) for _ in range(60)]
    driver.engine.step()
    for _ in range(5):
        other = driver.submit("The dog", asker="other", max_new_tokens=3)
        assert steps_to_first_token(driver, other) <= 2
        while not driver.finished(other):
            driver.engine.step()
    driver.run()
    assert all(len(driver.texts(request_id)) == 3 for request_id in flood)


def test_a_flood_leaves_room_in_the_queue(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(max_waiting=9)
    for _ in range(6):
        driver.submit("The cat", asker="flood")
    with pytest.raises(Busy, match="6 requests of one asker wait for tiny"):
        driver.submit("The cat", asker="flood")
    other = driver.submit("The dog", asker="other")
    driver.run()
    assert len(driver.texts(other)) == 3


def test_two_tabs_of_one_asker_are_one_asker_and_tabs_of_nobody_are_many(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(max_running=6)
    for number in range(3):
        driver.submit("The cat", request_id=f"tab-{number}:1", asker="alice", max_new_tokens=4)
    driver.engine.step()
    assert driver.engine.loaded()["tiny"].num_running == 3
    driver.run()
    for number in range(3):
        driver.submit("The cat", request_id=f"tab-{number}:2", max_new_tokens=4)
    driver.engine.step()
    assert driver.engine.loaded()["tiny"].num_running == 6


def test_reading_long_prompts_never_stalls_those_who_write(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(prefill_chunk=64)
    writing = driver.submit("The cat", num_continuations=1, max_new_tokens=100)
    driver.engine.step()
    for number in range(5):
        driver.submit(LONG[number:], num_continuations=1, max_new_tokens=2)
    for number in range(2, 30):
        driver.engine.step()
        assert num_tokens(driver, writing) == number


def test_a_long_prompt_is_read_though_short_ones_never_end(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(prefill_chunk=64)
    long = driver.submit(LONG, num_continuations=1)
    for number in range(30):
        for typist in range(8):
            driver.submit("The cat sat on", request_id=f"s{typist}-{number}:1", num_continuations=1, max_new_tokens=1)
        driver.engine.step()
        if num_tokens(driver, long):
            return
    raise AssertionError("the long prompt was never read")


def test_a_slow_step_makes_the_next_ones_read_less(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(prefill_chunk=512)
    read: list[int] = []
    next_batch = Scheduler.next_batch

    def slow(self: Scheduler, has_company: bool = False) -> Batch:
        driver.now += 1.0
        batch = next_batch(self, has_company)
        read.append(batch.num_read)
        return batch

    driver.submit("The cat", max_new_tokens=100)
    driver.engine.step()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scheduler, "next_batch", slow)
        for number in range(4):
            driver.submit(LONG[number:], num_continuations=1, max_new_tokens=50)
        for _ in range(3):
            driver.engine.step()
    # The least there is, and what fills up its rows.
    assert read[0] > 96 >= read[1] > 0

"""The worker as a whole, with a fake engine and a real Redis: it follows the catalogue, answers, and dies aloud."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from redis import Redis

from generation import cancellation, catalogue, roster
from generation.redis_connection import open_redis
from generation.roster import Roster
from generation.worker import EXIT_CODE_DEAD_LOOP, Worker
from tests.generation.fake_engine import FakeEngine, make_request
from tests.generation.test_catalogue import content, item
from tests.listening import listening, read_events
from tests.redis_server import RedisServer
from tests.waiting import wait_until

PLENTY = 10**9


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    with open_redis(redis_server.url) as redis:
        catalogue.publish(redis, content(item("tiny")))
        yield redis


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def exit_codes() -> list[int]:
    return []


@pytest.fixture
def worker(redis: Redis, redis_server: RedisServer, engine: FakeEngine, exit_codes: list[int]) -> Iterator[Worker]:
    worker = Worker(engine, redis_server.url, PLENTY, exit_process=exit_codes.append)
    worker.open()
    wait_until(lambda: worker.ready_checkpoints() == {"tiny"})
    yield worker
    worker.close()


def state_of(redis: Redis, name: str) -> str:
    """As the web side sees it."""
    status = roster.read(redis, Roster()).statuses.get(name)
    return status.state if status else "unknown"


def in_thread(work: Callable[..., None], *args: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=args)
    thread.start()
    return thread


def test_the_web_side_sees_what_is_ready(worker: Worker, redis: Redis) -> None:
    wait_until(lambda: state_of(redis, "tiny") == "ready")


def test_an_answer_arrives_on_its_askers_channel(worker: Worker, redis_server: RedisServer) -> None:
    with redis_server.client() as other, listening(other, "tab") as heard:
        worker.answer(make_request())
        wait_until(lambda: sum(event["type"] == "continuation.finished" for event in read_events(heard)) == 2)
    events = read_events(heard)
    assert events[0]["type"] == "continuation.started"
    assert {event["text"] for event in events if "text" in event} == {
        " once0 upon0 a0 time0",
        " once1 upon1 a1 time1",
    }


def test_a_change_of_the_catalogue_is_followed_within_two_seconds(worker: Worker, redis: Redis) -> None:
    catalogue.publish(redis, content(item("tiny"), item("large"), version=2))
    wait_until(lambda: worker.ready_checkpoints() == {"tiny", "large"}, seconds=2.0)
    catalogue.publish(redis, content(item("large"), version=3))
    wait_until(lambda: worker.ready_checkpoints() == {"large"}, seconds=2.0)


def test_a_change_whose_ring_was_lost_is_followed_too(worker: Worker, redis: Redis) -> None:
    changed = content(item("tiny"), item("large"), version=2)
    redis.set(catalogue.KEY, json.dumps(changed))
    wait_until(lambda: worker.ready_checkpoints() == {"tiny", "large"}, seconds=2.0)


def test_a_checkpoint_that_waits_for_a_request_is_loaded_when_it_comes(worker: Worker, redis: Redis) -> None:
    catalogue.publish(redis, content(item("tiny"), item("large", load=False), version=2))
    wait_until(lambda: state_of(redis, "large") == "absent")
    catalogue.want(redis, "large")
    wait_until(lambda: worker.ready_checkpoints() == {"tiny", "large"}, seconds=2.0)


def test_a_catalogue_that_cannot_be_read_changes_nothing(worker: Worker, redis: Redis) -> None:
    redis.set(catalogue.KEY, "{")
    redis.publish(catalogue.CHANGED_CHANNEL, "?")
    redis.delete(*redis.keys("inkling:worker:*"))
    wait_until(lambda: redis.keys("inkling:worker:*"))
    assert worker.ready_checkpoints() == {"tiny"}


def test_a_cancellation_ends_the_running_request(worker: Worker, redis: Redis, engine: FakeEngine) -> None:
    engine.max_words = 0
    task = in_thread(worker.answer, make_request())
    wait_until(lambda: engine.submitted == ["s:1"])
    cancellation.cancel(redis, "s:1")
    task.join(2.0)
    assert not task.is_alive()


def test_it_lives_through_a_restart_of_redis(worker: Worker, redis_server: RedisServer, redis: Redis) -> None:
    wait_until(lambda: state_of(redis, "tiny") == "ready")
    redis_server.stop()
    redis_server.start()
    wait_until(lambda: state_of(redis, "tiny") == "ready")
    assert worker.ready_checkpoints() == {"tiny"}


def test_while_it_closes_it_takes_nothing_and_says_goodbye(
    redis: Redis, redis_server: RedisServer, engine: FakeEngine
) -> None:
    worker = Worker(engine, redis_server.url, PLENTY)
    worker.open()
    wait_until(lambda: state_of(redis, "tiny") == "ready")
    worker.refuse_new()
    assert worker.ready_checkpoints() == set()
    worker.close()
    assert state_of(redis, "tiny") == "unavailable"


def test_a_loop_that_does_not_turn_is_not_called_alive(
    worker: Worker, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(lambda: state_of(redis, "tiny") == "ready")
    monkeypatch.setattr("generation.worker.STALL_S", -1.0)
    # A last sign of life may just be on its way, so what is there has to expire by itself.
    wait_until(lambda: state_of(redis, "tiny") == "unavailable", seconds=7.0)


def test_a_worker_that_no_task_can_reach_is_not_called_alive(worker: Worker, redis: Redis) -> None:
    wait_until(lambda: state_of(redis, "tiny") == "ready")
    worker.note_consuming(False)
    wait_until(lambda: state_of(redis, "tiny") == "unavailable", seconds=7.0)
    worker.note_consuming(True)
    wait_until(lambda: state_of(redis, "tiny") == "ready")


def test_a_stuck_loop_ends_the_process(worker: Worker, exit_codes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.worker.STUCK_S", -1.0)
    wait_until(lambda: EXIT_CODE_DEAD_LOOP in exit_codes)


def test_a_dead_loop_fails_who_waits_and_ends_the_process(
    worker: Worker, engine: FakeEngine, redis_server: RedisServer, exit_codes: list[int]
) -> None:
    engine.max_words = 0
    with redis_server.client() as other, listening(other, "tab") as heard:
        task = in_thread(worker.answer, make_request())
        wait_until(lambda: engine.submitted == ["s:1"])
        engine.breaks_with = RuntimeError("no more memory")
        task.join(5.0)
        wait_until(lambda: any(event["type"] == "continuation.failed" for event in read_events(heard)))
    told = [event["message"] for event in read_events(heard) if event["type"] == "continuation.failed"]
    assert told == ["the worker stopped (RuntimeError: no more memory); ask again in a moment"]
    wait_until(lambda: exit_codes == [EXIT_CODE_DEAD_LOOP])

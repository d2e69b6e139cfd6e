"""Every request that comes to a worker ends, with a reason, and its text is kept for its asker alone."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis import Redis

from generation import cancellation
from generation.answers import Answers
from generation.continuation_cache import CacheSpace, fitting, look_up_keys
from generation.messages import (
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    Event,
    GenerationRequest,
    SamplingParams,
    TransformersCall,
)
from generation.redis_connection import open_redis
from tests.generation.fake_engine import FakeEngine, FakeInfo, make_request
from tests.redis_server import RedisServer
from tests.waiting import wait_until


class Desk:
    """Answers with a fake engine whose loop runs, and the events that were posted."""

    def __init__(self, redis: Redis) -> None:
        self.engine = FakeEngine()
        self.engine.infos["tiny"] = FakeInfo()
        self.redis = redis
        self.posted: list[Event] = []
        self.answers = Answers(self.engine, redis, lambda request, event: self.posted.append(event))
        self._stop = threading.Event()
        self._loop = threading.Thread(target=self.engine.run, args=(self._stop,))
        self._loop.start()

    def close(self) -> None:
        self._stop.set()
        self._loop.join()

    def start(self, request: GenerationRequest) -> threading.Thread:
        """Answers in a thread, as the pool does, from the moment the engine has the request."""
        task = threading.Thread(target=self.answers.answer, args=(request,))
        task.start()
        wait_until(lambda: request.request_id in self.engine.submitted)
        return task

    def ends(self) -> list[str]:
        return [event.finish_reason for event in self.posted if isinstance(event, ContinuationFinished)]

    def num_words(self) -> int:
        return sum(isinstance(event, ContinuationExtended) for event in self.posted)

    def failures(self) -> list[tuple[str, str]]:
        return [(event.code, event.message) for event in self.posted if isinstance(event, ContinuationFailed)]

    def cached(self, prompt: str, scope: str = "alice") -> list[str]:
        space = CacheSpace(scope, "tiny", "r1", "float32", SamplingParams(num_continuations=2))
        found = [(typed, self.redis.get(key)) for key, typed in look_up_keys(space, prompt)]
        return [rest.text for rest in fitting([(typed, str(value) if value else None) for typed, value in found])]


@pytest.fixture
def desk(redis_server: RedisServer) -> Iterator[Desk]:
    with open_redis(redis_server.url) as redis:
        desk = Desk(redis)
        yield desk
        desk.close()


def test_a_request_is_answered_to_its_end(desk: Desk) -> None:
    desk.answers.answer(make_request())
    assert desk.ends() == ["stop", "stop"]
    assert desk.failures() == []


def test_its_continuations_are_kept_for_its_asker_and_five_minutes(desk: Desk) -> None:
    desk.answers.answer(make_request(prompt="The cat"))
    assert desk.cached("The cat on") == ["ce0 upon0 a0 time0", "ce1 upon1 a1 time1"]
    assert desk.cached("The cat", scope="bob") == []
    [key] = desk.redis.keys("inkling:continuation:*")
    assert 0 < desk.redis.ttl(key) <= 300


@pytest.mark.parametrize("num_return_sequences", [None, 1, 5])
def test_a_call_of_transformers_ends_with_its_own_number_of_sequences_and_is_not_kept(
    desk: Desk, num_return_sequences: int | None
) -> None:
    call = TransformersCall(seed=1, num_return_sequences=num_return_sequences)
    desk.answers.answer(replace(make_request(), parity=call))
    assert desk.ends() == ["stop"] * (num_return_sequences or 1)
    assert desk.failures() == []
    assert desk.redis.keys("inkling:continuation:*") == []


def test_nothing_is_kept_for_nobody(desk: Desk) -> None:
    desk.answers.answer(make_request(scope=""))
    assert desk.redis.keys("*") == []


def test_a_request_called_off_before_its_task_ends_at_once(desk: Desk) -> None:
    desk.engine.max_words = 0
    cancellation.cancel(desk.redis, "s:1")
    desk.answers.answer(make_request())
    assert desk.ends() == ["cancelled", "cancelled"]


def test_a_request_called_off_while_it_was_looked_up_is_caught(desk: Desk) -> None:
    desk.engine.max_words = 0
    desk.answers.cancel("s:1")
    desk.answers.answer(make_request())
    assert desk.ends() == ["cancelled", "cancelled"]


def test_a_running_request_is_called_off_and_what_it_said_is_kept(desk: Desk) -> None:
    desk.engine.max_words = 3
    task = desk.start(make_request())
    wait_until(lambda: desk.num_words() == 6)
    desk.answers.cancel("s:1")
    task.join()
    assert desk.ends() == ["cancelled", "cancelled"]
    assert desk.cached("The cat") == [" once0 upon0 a0", " once1 upon1 a1"]


def test_what_was_cut_off_does_not_displace_what_was_finished(desk: Desk) -> None:
    desk.answers.answer(make_request())
    desk.engine.max_words = 3
    task = desk.start(make_request("s:2"))
    wait_until(lambda: desk.num_words() == 14)
    desk.answers.cancel("s:2")
    task.join()
    assert desk.cached("The cat") == [" once0 upon0 a0 time0", " once1 upon1 a1 time1"]


def test_what_was_called_off_while_nobody_listened_is_caught_up_with(desk: Desk) -> None:
    desk.engine.max_words = 0
    task = desk.start(make_request())
    cancellation.cancel(desk.redis, "s:1")
    desk.answers.catch_up()
    task.join()
    assert desk.ends() == ["cancelled", "cancelled"]


def test_a_request_that_came_too_late_ends_with_its_deadline(desk: Desk) -> None:
    desk.answers.answer(make_request(seconds=-0.2))
    assert desk.ends() == ["deadline", "deadline"]


def test_a_request_that_the_engine_forgets_is_ended_all_the_same(desk: Desk) -> None:
    desk.engine.max_words = 0
    desk.engine.is_deaf = True
    desk.answers.answer(make_request(seconds=0.0))
    assert [code for code, _ in desk.failures()] == ["failed"]
    assert desk.engine.cancelled == ["s:1"]


def test_a_full_engine_says_busy_and_an_unknown_checkpoint_unavailable(desk: Desk) -> None:
    desk.engine.is_full = True
    desk.answers.answer(make_request("s:1"))
    desk.engine.infos.clear()
    desk.answers.answer(make_request("s:2"))
    assert desk.failures() == [("busy", "the engine is full"), ("unavailable", "tiny is not loaded")]


def test_what_nobody_foresaw_ends_the_request_and_no_other(desk: Desk) -> None:
    desk.engine.stumbles_with = TypeError("int() argument must be a number")
    desk.answers.answer(make_request("s:1"))
    assert desk.failures() == [("failed", "the engine failed: TypeError: int() argument must be a number")]
    desk.engine.stumbles_with = None
    desk.answers.answer(make_request("s:1"))
    assert desk.ends() == ["stop", "stop"]


def test_a_request_that_comes_twice_is_answered_once(desk: Desk) -> None:
    desk.engine.max_words = 0
    task = desk.start(make_request())
    desk.answers.answer(make_request())
    assert desk.engine.submitted == ["s:1"]
    desk.answers.cancel("s:1")
    task.join()


def test_a_closing_worker_refuses_new_requests_and_cuts_off_late_ones(desk: Desk) -> None:
    desk.engine.max_words = 0
    task = desk.start(make_request("s:1"))
    desk.answers.refuse_new()
    desk.answers.answer(make_request("s:2"))
    assert [code for code, _ in desk.failures()] == ["unavailable"]
    desk.answers.drain(patience_s=0.05, cut_off_s=5.0)
    task.join()
    assert desk.ends() == ["cancelled", "cancelled"]


def test_where_the_engine_has_died_every_request_fails(desk: Desk) -> None:
    desk.engine.max_words = 0
    task = desk.start(make_request())
    desk.answers.fail_all("the worker has stopped")
    task.join()
    assert desk.failures() == [("failed", "the worker has stopped")]


def test_redis_is_not_needed_for_an_answer(desk: Desk, redis_server: RedisServer) -> None:
    redis_server.stop()
    desk.answers.answer(make_request())
    assert desk.ends() == ["stop", "stop"]

"""A worker is alive as long as its key; several workers speak for a checkpoint with the best of their states."""

from collections.abc import Iterator

import pytest
from redis import Redis

from generation import heartbeats
from generation.heartbeats import CheckpointStatus, Heartbeat
from generation.redis_connection import open_redis
from tests.redis_server import RedisServer


def heartbeat(worker_id: str, **states: str) -> Heartbeat:
    checkpoints = {name: CheckpointStatus(state, dtype="float32") for name, state in states.items()}
    return Heartbeat(worker_id, "host", 1, at=0.0, catalogue_version=1, checkpoints=checkpoints)


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    with open_redis(redis_server.url) as redis:
        yield redis


def test_a_heartbeat_reads_as_it_was_written(redis: Redis) -> None:
    written = heartbeat("w1", tiny="ready", large="loading")
    heartbeats.write(redis, written)
    assert Heartbeat.from_json(str(redis.get("inkling:worker:w1"))) == written


def test_a_heartbeat_expires_unless_it_is_repeated(redis: Redis) -> None:
    heartbeats.write(redis, heartbeat("w1"))
    assert 0 < redis.pttl("inkling:worker:w1") <= 5000


def test_a_worker_that_says_goodbye_is_gone_at_once(redis: Redis) -> None:
    heartbeats.write(redis, heartbeat("w1"))
    heartbeats.erase(redis, "w1")
    assert redis.keys("*") == []


def test_facts_that_a_newer_worker_adds_are_passed_over() -> None:
    newer = heartbeat("w1", tiny="ready").to_json().replace('"host": "host"', '"host": "host", "mood": "good"')
    newer = newer.replace('"reason": ""', '"reason": "", "colour": "blue"')
    assert Heartbeat.from_json(newer).checkpoints["tiny"].state == "ready"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["loading", "ready"], "ready"),
        (["failed", "loading"], "loading"),
        (["absent", "failed"], "failed"),
        (["absent"], "absent"),
        ([], "unavailable"),
    ],
)
def test_the_worker_that_is_furthest_speaks_for_a_checkpoint(states: list[str], expected: str) -> None:
    beats = [heartbeat(f"w{number}", tiny=state) for number, state in enumerate(states)]
    assert heartbeats.statuses(["tiny"], beats)["tiny"].state == expected

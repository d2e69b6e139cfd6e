"""A request can be called off before its task, while it runs, and while nobody listens."""

import threading
from collections.abc import Iterator

import pytest
from redis import Redis

from generation import cancellation
from generation.cancellation import MAX_REMEMBERED, HeardCancellations
from generation.listener import Listener
from generation.redis_connection import open_redis
from tests.redis_server import RedisServer
from tests.waiting import wait_until


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    with open_redis(redis_server.url) as redis:
        yield redis


@pytest.fixture
def heard(redis_server: RedisServer) -> Iterator[list[str]]:
    """The ids that a listener hears; "subscribed" whenever it begins to."""
    heard: list[str] = []
    listener = Listener(redis_server.url, {cancellation.CHANNEL: heard.append}, lambda: heard.append("subscribed"))
    listener.open()
    wait_until(lambda: heard == ["subscribed"])
    yield heard
    listener.close()


def test_a_cancellation_is_heard(redis: Redis, heard: list[str]) -> None:
    cancellation.cancel(redis, "s:1")
    wait_until(lambda: "s:1" in heard)


def test_a_cancellation_is_stored_for_a_minute(redis: Redis) -> None:
    cancellation.cancel(redis, "s:1")
    assert cancellation.read_cancelled(redis, ["s:0", "s:1", "s:2"]) == ["s:1"]
    assert 0 < redis.ttl("inkling:cancelled:s:1") <= 60


def test_nothing_is_asked_for_no_request(redis: Redis) -> None:
    assert cancellation.read_cancelled(redis, []) == []


def test_the_listener_hears_again_after_redis_was_restarted(redis_server: RedisServer, heard: list[str]) -> None:
    redis_server.stop()
    redis_server.start()
    wait_until(lambda: heard.count("subscribed") == 2)
    with open_redis(redis_server.url) as redis:
        cancellation.cancel(redis, "s:1")
    wait_until(lambda: "s:1" in heard)


def test_a_handler_that_fails_does_not_deafen_the_listener(redis_server: RedisServer, redis: Redis) -> None:
    heard: list[int] = []
    listener = Listener(redis_server.url, {"numbers": lambda text: heard.append(int(text))}, lambda: heard.append(0))
    listener.open()
    wait_until(lambda: heard == [0])
    redis.publish("numbers", "one")
    redis.publish("numbers", "2")
    wait_until(lambda: heard == [0, 2])
    listener.close()


def test_the_listener_closes_while_redis_is_away(redis_server: RedisServer) -> None:
    listener = Listener(redis_server.url, {cancellation.CHANNEL: print}, lambda: None)
    redis_server.stop()
    listener.open()
    listener.close()
    assert not any(thread.name == "listener" for thread in threading.enumerate())


def test_only_the_latest_cancellations_are_remembered() -> None:
    heard = HeardCancellations()
    for number in range(MAX_REMEMBERED + 1):
        heard.add(f"s:{number}")
    assert "s:0" not in heard
    assert "s:1" in heard
    assert f"s:{MAX_REMEMBERED}" in heard

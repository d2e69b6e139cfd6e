"""One address serves redis-py, channels_redis and kombu; and no call outlasts its limit."""

import time

import pytest
from kombu import Connection
from redis.exceptions import RedisError

from generation.redis_connection import kombu_url, open_redis
from tests.redis_server import RedisServer


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("rediss://:secret@host:6380/1", "rediss://:secret@host:6380/1"),
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        ("unix://:secret@/run/redis.sock", "redis+socket://:secret@/run/redis.sock?virtual_host=0"),
        ("unix:///run/redis.sock?password=secret", "redis+socket://:secret@/run/redis.sock?virtual_host=0"),
    ],
)
def test_kombu_spells_unix_sockets_in_its_own_way(url: str, expected: str) -> None:
    assert kombu_url(url) == expected


def test_both_spellings_lead_to_the_same_database(redis_server: RedisServer) -> None:
    with Connection(kombu_url(redis_server.url + "?db=3")) as connection:
        connection.default_channel.client.set("where", "here")
    with open_redis(redis_server.url + "?db=3") as redis:
        assert redis.get("where") == "here"


def test_a_paused_redis_fails_within_two_seconds(redis_server: RedisServer) -> None:
    with open_redis(redis_server.url) as redis:
        redis_server.pause()
        before = time.monotonic()
        with pytest.raises(RedisError):
            redis.ping()
        assert time.monotonic() - before < 2.0
        redis_server.resume()


def test_a_restarted_redis_is_found_again_at_once(redis_server: RedisServer) -> None:
    with open_redis(redis_server.url) as redis:
        redis.ping()
        redis_server.stop()
        redis_server.start()
        assert redis.ping()

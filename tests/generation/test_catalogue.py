"""What the web side writes, the workers read; and a Redis that was emptied is told again."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis

from generation import catalogue
from generation.catalogue import EMPTY, Catalogue
from generation.redis_connection import open_redis
from tests.listening import listening
from tests.redis_server import RedisServer
from tests.waiting import wait_until


def item(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "source": f"folder:{name}", "revision": "", "dtype": "auto", **fields}


def content(*items: dict[str, Any], version: int = 1) -> dict[str, Any]:
    return {"version": version, "default": "tiny", "checkpoints": list(items)}


TWO = content(item("large", load=False), item("tiny"))


@pytest.fixture
def redis(redis_server: RedisServer) -> Iterator[Redis]:
    with open_redis(redis_server.url) as redis:
        yield redis


def test_what_is_published_is_read_and_the_default_comes_first(redis: Redis) -> None:
    catalogue.publish(redis, TWO)
    read = catalogue.read(redis, EMPTY)
    assert read.version == 1
    assert list(read.checkpoints) == ["tiny", "large"]
    assert read.checkpoints["tiny"].source == "folder:tiny"


def test_publishing_rings(redis_server: RedisServer, redis: Redis) -> None:
    with redis_server.client() as other, listening(other, catalogue.CHANGED_CHANNEL) as heard:
        catalogue.publish(redis, content(version=7))
        wait_until(lambda: heard == [b"7"])


def test_an_unchanged_catalogue_is_the_known_one(redis: Redis) -> None:
    catalogue.publish(redis, TWO)
    known = catalogue.read(redis, EMPTY)
    assert catalogue.read(redis, known) is known


def test_without_any_catalogue_nothing_is_served(redis: Redis) -> None:
    assert catalogue.read(redis, EMPTY) is EMPTY


def test_what_redis_has_lost_is_written_back(redis: Redis) -> None:
    catalogue.publish(redis, TWO)
    known = catalogue.read(redis, EMPTY)
    redis.flushall()
    assert catalogue.read(redis, known) is known
    assert json.loads(str(redis.get(catalogue.KEY))) == TWO


def test_a_checkpoint_that_waits_for_a_request_is_wanted_when_somebody_asks(redis: Redis) -> None:
    catalogue.publish(redis, TWO)
    read = catalogue.read(redis, EMPTY)
    assert catalogue.read_wanted(redis, read) == {"tiny"}
    catalogue.want(redis, "large")
    assert catalogue.read_wanted(redis, read) == {"tiny", "large"}
    assert 0 < redis.ttl("inkling:wanted:large") <= 600


def test_one_entry_that_cannot_be_served_does_not_hold_up_the_others() -> None:
    bad = item("bad", source="/etc/passwd")
    read = Catalogue.from_json(json.dumps(content(item("tiny"), bad)))
    assert list(read.checkpoints) == ["tiny"]
    assert "/etc/passwd" in read.refused["bad"]


def test_checkpoints_for_a_few_are_told_apart() -> None:
    read = Catalogue.from_json(json.dumps(content(item("tiny"), item("draft", audience="staff"))))
    assert read.restricted == {"draft"}

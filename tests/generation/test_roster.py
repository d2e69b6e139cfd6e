"""Who answers: the one that was asked for, else one that can, and the asker is told why."""

import json

import pytest
from redis import Redis

from generation import catalogue, heartbeats, roster
from generation.catalogue import Catalogue
from generation.errors import CheckpointNotReady
from generation.heartbeats import CheckpointStatus, Heartbeat
from generation.redis_connection import open_redis
from generation.roster import Roster
from tests.generation.test_catalogue import content, item
from tests.redis_server import RedisServer

CONTENT = content(item("tiny"), item("large"), item("draft", audience="staff"))
CATALOGUE = Catalogue.from_json(json.dumps(CONTENT))


def standing(**states: str) -> Roster:
    return Roster(CATALOGUE, {name: CheckpointStatus(state, "no such file") for name, state in states.items()})


def test_the_default_answers_who_asks_for_none() -> None:
    assert standing(tiny="ready", large="ready").choose(None) == ("tiny", None)


def test_a_ready_checkpoint_answers_for_itself() -> None:
    assert standing(tiny="ready", large="ready").choose("large") == ("large", None)


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ("loading", "large is still loading"),
        ("downloading", "large is still being downloaded"),
        ("absent", "large is being loaded now"),
        ("failed", "large could not be loaded (no such file)"),
        ("unavailable", "no worker serves large at the moment"),
    ],
)
def test_the_default_stands_in_and_says_why(state: str, why: str) -> None:
    assert standing(tiny="ready", large=state).choose("large") == ("tiny", f"{why}; tiny answered")


def test_a_name_that_is_not_offered_is_stood_in_for() -> None:
    assert standing(tiny="ready").choose("gpt-5") == ("tiny", "gpt-5 is not offered here; tiny answered")


def test_any_public_one_stands_in_for_the_default() -> None:
    assert standing(tiny="loading", large="ready").choose(None)[0] == "large"
    with pytest.raises(CheckpointNotReady, match="tiny is still loading"):
        standing(tiny="loading", draft="ready").choose(None)


def test_without_anything_enabled_nothing_answers() -> None:
    with pytest.raises(CheckpointNotReady, match="no checkpoint is enabled"):
        Roster().choose(None)


def test_it_is_read_from_the_catalogue_and_the_heartbeats(redis_server: RedisServer) -> None:
    with open_redis(redis_server.url) as redis:
        catalogue.publish(redis, CONTENT)
        beat(redis, "w1", tiny="ready")
        read = roster.read(redis, Roster())
    assert read.choose(None) == ("tiny", None)
    assert read.statuses["large"].state == "unavailable"


def test_a_worker_without_a_heartbeat_is_forgotten(redis_server: RedisServer) -> None:
    with open_redis(redis_server.url) as redis:
        catalogue.publish(redis, CONTENT)
        beat(redis, "w1", tiny="ready")
        redis.delete("inkling:worker:w1")
        assert roster.read(redis, Roster()).statuses["tiny"].state == "unavailable"
        assert redis.smembers("inkling:workers") == set()


def test_the_known_catalogue_counts_where_redis_has_lost_it(redis_server: RedisServer) -> None:
    with open_redis(redis_server.url) as redis:
        assert list(roster.read(redis, standing()).statuses) == ["tiny", "large", "draft"]


def test_while_nobody_can_be_asked_all_is_unavailable() -> None:
    away = roster.without_workers(standing(tiny="ready"), "Redis does not answer")
    assert {status.state for status in away.statuses.values()} == {"unavailable"}
    assert away.statuses["tiny"].reason == "Redis does not answer"


def beat(redis: Redis, worker_id: str, **states: str) -> None:
    statuses = {name: CheckpointStatus(state) for name, state in states.items()}
    heartbeats.write(redis, Heartbeat(worker_id, "host", 1, 0.0, 1, statuses))

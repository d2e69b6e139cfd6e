"""/healthz for load balancers, /readyz for start-up and people."""

from __future__ import annotations

import time
from collections.abc import Callable
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from pytest_django import Settings

from generation import heartbeats
from generation.heartbeats import CheckpointStatus, Heartbeat
from generation.redis_connection import open_redis
from tests.redis_server import RedisServer
from webapp import catalogue
from webapp.models import Checkpoint
from webapp.models.checkpoint import CatalogueVersion


@pytest.fixture
def redis(redis_server: RedisServer, settings: Settings) -> RedisServer:
    settings.REDIS_URL = redis_server.url
    return redis_server


def beat(redis: RedisServer, state: str) -> None:
    with open_redis(redis.url) as client:
        statuses = {"novels-7m": CheckpointStatus(state)}
        heartbeats.write(client, Heartbeat("worker-1", "host", 1, time.time(), 1, statuses))


@pytest.fixture
def broken_database() -> Callable[[], object]:
    def fail(execute: object, sql: str, *_: object) -> None:
        raise DatabaseError("disk full")

    return lambda: connection.execute_wrapper(fail)


def test_a_live_process_with_a_database_is_healthy(db: None) -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_a_process_without_its_database_is_not(db: None, broken_database: Callable[[], object]) -> None:
    with broken_database():  # type: ignore[attr-defined]
        assert Client().get("/healthz").status_code == 503


def test_it_is_ready_with_database_redis_and_one_ready_checkpoint(redis: RedisServer, checkpoint: Checkpoint) -> None:
    beat(redis, "ready")
    response = Client().get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "missing": []})


def test_it_names_the_state_of_checkpoints_that_are_not_ready(redis: RedisServer, checkpoint: Checkpoint) -> None:
    beat(redis, "loading")
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["missing"] == ["checkpoint: novels-7m is loading"]


def test_it_names_a_missing_redis_within_two_seconds(redis: RedisServer, checkpoint: Checkpoint) -> None:
    redis.pause()
    started = time.monotonic()
    response = Client().get("/readyz")
    assert time.monotonic() - started < 2
    redis.resume()
    assert response.json() == {"ready": False, "missing": ["redis: no answer"]}


def test_it_names_a_database_that_cannot_be_written(
    redis: RedisServer, checkpoint: Checkpoint, broken_database: Callable[[], object]
) -> None:
    with patch("webapp.views.health.missing_checkpoint", return_value=[]), broken_database():  # type: ignore[attr-defined]
        response = Client().get("/readyz")
    assert response.json()["missing"] == ["database: it cannot be written"]


def test_asking_leaves_no_row_behind(redis: RedisServer, checkpoint: Checkpoint) -> None:
    num_rows = CatalogueVersion.objects.count()
    Client().get("/readyz")
    assert CatalogueVersion.objects.count() == num_rows


def test_asking_gives_an_emptied_redis_its_catalogue_back(redis: RedisServer, checkpoint: Checkpoint) -> None:
    assert catalogue.published_version() is None
    Client().get("/readyz")
    assert catalogue.published_version() == CatalogueVersion.current()


def test_probes_make_no_session(db: None) -> None:
    for path in ("/healthz", "/readyz"):
        assert not Client().get(path).cookies

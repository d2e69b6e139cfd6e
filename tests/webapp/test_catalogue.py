"""How a change of the catalogue reaches workers and open pages, and what happens without Redis."""

from __future__ import annotations

import json
import logging

import pytest
from channels.layers import get_channel_layer
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from generation import catalogue as read_by_workers
from tests.redis_server import RedisServer
from webapp import catalogue, groups
from webapp.models import Checkpoint
from webapp.models.checkpoint import CatalogueVersion


@pytest.fixture
def redis(redis_server: RedisServer, settings: Settings) -> RedisServer:
    settings.REDIS_URL = redis_server.url
    return redis_server


def test_a_change_is_published_when_it_commits(
    redis: RedisServer, checkpoint: Checkpoint, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        checkpoint.save()
        assert catalogue.published_version() is None
    with redis.client() as client:
        text = client.get(read_by_workers.KEY)
    assert isinstance(text, bytes)
    assert json.loads(text) == catalogue.build()


@pytest.mark.django_db(transaction=True)
async def test_open_pages_are_rung(checkpoint: Checkpoint) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(groups.CHECKPOINTS, channel)
    await checkpoint.asave()
    assert await layer.receive(channel) == {"type": "checkpoints.changed"}


def test_without_redis_the_change_is_saved_and_published_later(
    redis: RedisServer, checkpoint: Checkpoint, caplog: pytest.LogCaptureFixture
) -> None:
    redis.stop()
    with caplog.at_level(logging.WARNING):
        assert not catalogue.publish()
        assert not catalogue.publish_if_behind()
    assert "Redis cannot be reached" in caplog.text

    redis.start()
    assert catalogue.publish_if_behind()
    assert catalogue.published_version() == CatalogueVersion.current()


def test_what_is_published_already_is_left_alone(redis: RedisServer, checkpoint: Checkpoint) -> None:
    with redis.client() as client:
        client.set(read_by_workers.KEY, json.dumps({"version": CatalogueVersion.current(), "mark": 1}))
        assert catalogue.publish_if_behind()
        assert b"mark" in (client.get(read_by_workers.KEY) or b"")

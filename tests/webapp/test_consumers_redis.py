"""Tabs on a real Redis: two processes, and what goes on where Redis is stopped or paused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from channels.layers import channel_layers, get_channel_layer
from django.test import Client
from pytest_django import Settings

from tests.redis_server import RedisServer
from tests.webapp.fake_suggestions import FakeSuggestions
from tests.webapp.offered import offered
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from webapp.groups import of_document
from webapp.models import Document, ShareLink

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)

LAYER = "webapp.channel_layer.ResilientPubSubChannelLayer"
# Longer than the 5 s after which redis-py's default ends a quiet connection, twice.
IDLE_SECONDS = 12.0


@pytest_asyncio.fixture(autouse=True)
async def redis(settings: Settings, redis_server: RedisServer) -> AsyncIterator[RedisServer]:
    settings.REDIS_URL = redis_server.url
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": LAYER}}
    yield redis_server
    await get_channel_layer().flush()


@pytest.mark.parametrize("fault", ["stop", "pause"])
async def test_writing_together_goes_on_without_redis(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink, redis: RedisServer, fault: str
) -> None:
    alices = tab(alice, document)
    await alices.join()
    getattr(redis, fault)()
    async with asyncio.timeout(3):
        bobs = tab(bob, write_link)
        await bobs.join()
        for number in range(5):
            await alices.append(f"a{number} ")
            await bobs.expect("document_edited", revision=alices.revision)
            await bobs.append(f"b{number} ")
            await alices.expect("document_edited", revision=bobs.revision)
        await alices.send({"type": "caret", "revision": 10, "anchor": 3, "head": 3})
        await bobs.expect("caret_moved")
        await bobs.leave()


async def test_processes_hear_each_other(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink, redis: RedisServer
) -> None:
    alices = tab(alice, document)
    await alices.join()
    await redis.listened_to(f"inkling:layer:__group__{of_document(document.pk)}")
    # Another layer object stands for another process: nothing is delivered locally between the two.
    first = channel_layers.set("default", channel_layers.make_backend("default"))
    bobs = tab(bob, write_link)
    await bobs.join()
    await bobs.send({"type": "rename", "title": "The storm"})
    await alices.expect("renamed", title="The storm")
    await bobs.leave()
    await get_channel_layer().flush()
    channel_layers.set("default", first)


@pytest.mark.parametrize("fault", ["stop", "pause"])
async def test_an_offer_is_made_and_taken_without_redis(
    tab: OpenTab,
    alice: Client,
    bob: Client,
    document: Document,
    write_link: ShareLink,
    redis: RedisServer,
    fake: FakeSuggestions,
    fault: str,
) -> None:
    alices, bobs = tab(alice, document), tab(bob, write_link)
    await alices.join()
    await bobs.join()
    getattr(redis, fault)()
    async with asyncio.timeout(3):
        made = await offered(alices, fake)
        await bobs.expect("offer_made")
        await bobs.send({"type": "take_offer", "offer_id": made["offer_id"]})
        await alices.expect("offer_closed", outcome="taken", session_id=bobs.session_id)


async def test_an_offer_comes_to_another_process(
    tab: OpenTab,
    alice: Client,
    bob: Client,
    document: Document,
    write_link: ShareLink,
    redis: RedisServer,
    fake: FakeSuggestions,
) -> None:
    alices = tab(alice, document)
    await alices.join()
    await redis.listened_to(f"inkling:layer:__group__{of_document(document.pk)}")
    first = channel_layers.set("default", channel_layers.make_backend("default"))
    bobs = tab(bob, write_link)
    await bobs.join()
    made = await offered(bobs, fake)
    heard = (await alices.expect("offer_made"))["offer"]
    assert (heard["offer_id"], heard["is_own"]) == (made["offer_id"], False)
    await bobs.send({"type": "withdraw_offer", "offer_id": made["offer_id"]})
    await alices.expect("offer_closed", outcome="withdrawn")
    await bobs.leave()
    await get_channel_layer().flush()
    channel_layers.set("default", first)


async def test_an_idle_socket_stays_and_hears(
    tab: OpenTab, alice: Client, document: Document, redis: RedisServer
) -> None:
    mine = tab(alice, document)
    await mine.join()
    await asyncio.sleep(IDLE_SECONDS)
    other_layer = channel_layers.make_backend("default")
    await other_layer.group_send(of_document(document.pk), {"type": "document.renamed", "title": "Still here"})
    await mine.expect("renamed", title="Still here")
    await other_layer.flush()

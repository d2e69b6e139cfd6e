"""The channel layer with a real Redis: there, stopped, paused, and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from asgiref.sync import async_to_sync

from tests.listening import listening
from tests.redis_server import RedisServer
from tests.waiting import wait_until
from webapp.channel_layer import ResilientPubSubChannelLayer

PATIENCE = 10.0


@pytest_asyncio.fixture
async def layer(redis_server: RedisServer) -> AsyncIterator[ResilientPubSubChannelLayer]:
    async for layer in make_layer(redis_server):
        yield layer


@pytest_asyncio.fixture
async def other_layer(redis_server: RedisServer) -> AsyncIterator[ResilientPubSubChannelLayer]:
    """What another process has."""
    async for layer in make_layer(redis_server):
        yield layer


async def make_layer(redis_server: RedisServer) -> AsyncIterator[ResilientPubSubChannelLayer]:
    layer = ResilientPubSubChannelLayer(hosts=[redis_server.url])
    yield layer
    await layer.flush()


async def receive(layer: ResilientPubSubChannelLayer, channel: str, seconds: float = PATIENCE) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        message: dict[str, Any] = await layer.receive(channel)
        return message


def group_name(group: str) -> str:
    return f"inkling:layer:__group__{group}"


async def test_a_message_reaches_a_channel_of_this_process(layer: ResilientPubSubChannelLayer) -> None:
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "greeted", "name": "alice"})
    assert await receive(layer, channel) == {"type": "greeted", "name": "alice"}


async def test_a_message_reaches_a_channel_of_another_process(
    layer: ResilientPubSubChannelLayer, other_layer: ResilientPubSubChannelLayer, redis_server: RedisServer
) -> None:
    channel = await layer.new_channel()
    await redis_server.listened_to(channel)
    await other_layer.send(channel, {"type": "greeted"})
    assert await receive(layer, channel) == {"type": "greeted"}


async def test_a_group_hears_each_message_once_in_order(
    layer: ResilientPubSubChannelLayer, other_layer: ResilientPubSubChannelLayer, redis_server: RedisServer
) -> None:
    here, there = await layer.new_channel(), await other_layer.new_channel()
    await layer.group_add("readers", here)
    await redis_server.listened_to(group_name("readers"))
    await other_layer.group_add("readers", there)
    await other_layer.group_send("readers", {"type": "first"})
    assert await receive(layer, here) == {"type": "first"}
    for number in range(20):
        await layer.group_send("readers", {"type": "counted", "number": number})
    await other_layer.group_send("readers", {"type": "last"})
    ours = [await receive(layer, here) for _ in range(21)]
    assert [message.get("number") for message in ours if message["type"] == "counted"] == list(range(20))
    assert ours.count({"type": "last"}) == 1


async def test_who_left_a_group_hears_no_more(layer: ResilientPubSubChannelLayer) -> None:
    stays, leaves = await layer.new_channel(), await layer.new_channel()
    await layer.group_add("readers", stays)
    await layer.group_add("readers", leaves)
    await layer.group_discard("readers", leaves)
    await layer.group_send("readers", {"type": "greeted"})
    await layer.send(leaves, {"type": "asked"})
    assert await receive(layer, stays) == {"type": "greeted"}
    assert await receive(layer, leaves) == {"type": "asked"}


async def test_a_message_is_a_copy(layer: ResilientPubSubChannelLayer) -> None:
    channel, message = await layer.new_channel(), {"type": "greeted", "names": ["alice"]}
    await layer.send(channel, message)
    message["names"] = []
    assert await receive(layer, channel) == {"type": "greeted", "names": ["alice"]}


@pytest.mark.parametrize("fault", ["stop", "pause"])
async def test_without_redis_everything_in_the_process_goes_on_at_once(
    layer: ResilientPubSubChannelLayer, redis_server: RedisServer, fault: str
) -> None:
    getattr(redis_server, fault)()
    async with asyncio.timeout(1):
        one, two = await layer.new_channel(), await layer.new_channel()
        await layer.group_add("readers", one)
        await layer.group_add("readers", two)
        for number in range(50):
            await layer.group_send("readers", {"type": "counted", "number": number})
        for channel in (one, two):
            numbers = [(await layer.receive(channel))["number"] for _ in range(50)]
            assert numbers == list(range(50))
        await layer.group_discard("readers", one)


async def test_without_redis_the_backlog_is_bounded(
    layer: ResilientPubSubChannelLayer, redis_server: RedisServer
) -> None:
    redis_server.stop()
    for number in range(5000):
        await layer.send("inkling:layer:elsewhere", {"type": "counted", "number": number})
    link = layer._get_layer()._shards[0]
    assert len(link._backlog) == 1000


async def test_when_redis_is_back_other_processes_are_heard_again(
    layer: ResilientPubSubChannelLayer, other_layer: ResilientPubSubChannelLayer, redis_server: RedisServer
) -> None:
    channel = await layer.new_channel()
    await layer.group_add("readers", channel)
    await redis_server.listened_to(group_name("readers"))
    redis_server.stop()
    redis_server.start()
    await redis_server.listened_to(group_name("readers"))
    await redis_server.listened_to(channel)
    await eventually_hears(layer, channel, lambda: other_layer.group_send("readers", {"type": "greeted"}))
    await eventually_hears(layer, channel, lambda: other_layer.send(channel, {"type": "greeted"}))


async def test_when_redis_goes_on_after_a_pause_other_processes_are_heard_again(
    layer: ResilientPubSubChannelLayer, other_layer: ResilientPubSubChannelLayer, redis_server: RedisServer
) -> None:
    channel = await layer.new_channel()
    await redis_server.listened_to(channel)
    redis_server.pause()
    await layer.group_add("readers", channel)
    redis_server.resume()
    await redis_server.listened_to(group_name("readers"))
    await eventually_hears(layer, channel, lambda: other_layer.group_send("readers", {"type": "greeted"}))


async def eventually_hears(layer: ResilientPubSubChannelLayer, channel: str, send: Any) -> None:
    """Delivery is at most once, and a sender whose connection broke may lose its first try."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await send()
            try:
                assert await receive(layer, channel, seconds=0.2) == {"type": "greeted"}
            except TimeoutError:
                continue
            return


async def test_a_message_that_is_none_is_logged_and_the_next_one_arrives(
    layer: ResilientPubSubChannelLayer, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    channel = await layer.new_channel()
    await redis_server.listened_to(channel)
    with redis_server.client() as client:
        client.publish(channel, b"\xc1 not a message")
        client.publish(channel, layer.serialize({"type": "greeted"}))
    assert await receive(layer, channel) == {"type": "greeted"}
    assert "cannot read a message" in caplog.text


async def test_a_layer_can_be_used_after_a_flush(layer: ResilientPubSubChannelLayer) -> None:
    await layer.new_channel()
    await layer.flush()
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "greeted"})
    assert await receive(layer, channel) == {"type": "greeted"}


def test_a_synchronous_sender_is_heard(redis_server: RedisServer) -> None:
    """Its event loop lives for one message only."""
    layer = ResilientPubSubChannelLayer(hosts=[redis_server.url])
    with redis_server.client() as client, listening(client, group_name("readers")) as heard_messages:
        async_to_sync(layer.group_send)("readers", {"type": "greeted"})
        wait_until(lambda: heard_messages)
    assert layer.deserialize(heard_messages[0])["type"] == "greeted"

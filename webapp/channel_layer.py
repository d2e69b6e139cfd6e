"""The channel layer that goes on without Redis: what stays in the process is delivered there, first and at once.

channels_redis' publish/subscribe layer waits for Redis at each step, so that without Redis no socket can even open.
Here Redis only carries what is for other processes, through a RedisLink that nobody waits for.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer, RedisPubSubLoopLayer
from channels_redis.utils import decode_hosts
from django.conf import settings

from webapp.redis_link import RedisLink

PREFIX = "inkling:layer:"
# Marks a group's message with the process that sent it, which has delivered it to its own members already.
SENDER = "__sender__"


class ResilientPubSubChannelLayer(RedisPubSubChannelLayer):  # type: ignore[misc]
    """One layer per event loop, all on REDIS_URL unless `hosts` says otherwise."""

    def __init__(self, hosts: list[Any] | None = None, prefix: str = PREFIX, **kwargs: Any) -> None:
        super().__init__(hosts=hosts or [settings.REDIS_URL], prefix=prefix, **kwargs)

    def _get_layer(self) -> LocalFirstLoopLayer:
        loop = asyncio.get_running_loop()
        if loop not in self._layers:
            # The base's own layer is replaced before it is used; the call also ties flush() to the loop's end.
            super()._get_layer()
            self._layers[loop] = LocalFirstLoopLayer(*self._args, **self._kwargs, channel_layer=self)
        layer: LocalFirstLoopLayer = self._layers[loop]
        return layer


class LocalFirstLoopLayer(RedisPubSubLoopLayer):  # type: ignore[misc]
    """The layer of one event loop: channels and groups live in its dicts, Redis only hears their names."""

    def __init__(self, hosts: list[Any], **kwargs: Any) -> None:
        super().__init__(hosts=hosts, **kwargs)
        self._sender = uuid.uuid4().hex
        self._shards = [RedisLink(host["address"], self._deliver_from_elsewhere) for host in decode_hosts(hosts)]

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        data = self.channel_layer.serialize(message)
        if channel in self.channels:
            self.channels[channel].put_nowait(data)
            return
        await self._get_shard(channel).publish(channel, data)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        name = self._get_group_channel_name(group)
        data = self.channel_layer.serialize({**message, SENDER: self._sender})
        self._deliver_to_group(name, data)
        await self._get_shard(name).publish(name, data)

    async def receive(self, channel: str) -> dict[str, Any]:
        message: dict[str, Any] = await super().receive(channel)
        message.pop(SENDER, None)
        return message

    def _deliver_from_elsewhere(self, name: str, data: bytes) -> None:
        # Read here too, so that a message which is none is refused before it reaches a consumer.
        message = self.channel_layer.deserialize(data)
        if name in self.channels:
            self.channels[name].put_nowait(data)
        elif message.get(SENDER) != self._sender:
            self._deliver_to_group(name, data)

    def _deliver_to_group(self, name: str, data: bytes) -> None:
        for channel in self.groups.get(name, ()):
            if channel in self.channels:
                self.channels[channel].put_nowait(data)

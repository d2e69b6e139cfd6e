"""One process' link to Redis' publish/subscribe, kept up in the background. Nobody who uses it ever waits for Redis."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
# Messages that wait for Redis; beyond it the oldest go, since all of them are mere hints that others make up for.
MAX_BACKLOG = 1000
# For connecting and for publishing.
TIMEOUT_SECONDS = 2.0


class RedisLink:
    """Subscriptions and publications that catch up with Redis whenever it is there.

    `on_message(channel, data)` is called for what other processes (and this one) publish. Messages of the time
    without Redis are lost: delivery is at most once.
    """

    def __init__(self, url: str, on_message: Callable[[str, bytes], None]) -> None:
        self.url = url
        self.on_message = on_message
        self._wanted: set[str] = set()
        self._wanted_changed = asyncio.Event()
        self._backlog: deque[tuple[str, bytes]] = deque(maxlen=MAX_BACKLOG)
        self._has_backlog = asyncio.Event()
        self._client: Redis | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def subscribe(self, channel: str) -> None:
        self._wanted.add(channel)
        self._wanted_changed.set()
        self._open()

    async def unsubscribe(self, channel: str) -> None:
        self._wanted.discard(channel)
        self._wanted_changed.set()

    async def publish(self, channel: str, data: bytes) -> None:
        self._backlog.append((channel, data))
        self._has_backlog.set()
        self._open()

    async def flush(self) -> None:
        """Sends what waits, closes the connections and forgets everything; the link may be used again."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        client, self._client = self._client, None
        if client is not None:
            # A synchronous caller's event loop ends with its message, before the tasks above have done anything.
            await self._publish_last(client)
            await client.aclose()
        self._wanted.clear()
        self._backlog.clear()

    def _open(self) -> None:
        if self._tasks:
            return
        self._client = client = Redis.from_url(
            self.url,
            # redis-py's own limits rest on asyncio.wait_for, which swallows cancellations on Python 3.11: there are
            # ours below. Reading a subscription has none; a quiet one is no fault, and keepalive finds a dead one.
            socket_timeout=None,
            socket_connect_timeout=None,
            # Trying again is done here, with new subscriptions each time.
            retry=Retry(NoBackoff(), 0),
        )
        self._tasks = [
            asyncio.create_task(self._keep_up(lambda: self._listen(client), "subscriptions")),
            asyncio.create_task(self._keep_up(lambda: self._publish_backlog(client), "messages to other processes")),
        ]

    async def _keep_up(self, step: Callable[[], Awaitable[None]], what: str) -> None:
        while True:
            try:
                await step()
            except* (RedisError, OSError) as errors:
                logger.warning("no Redis for %s: %s", what, errors.exceptions[0])
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self, client: Redis) -> None:
        async with client.pubsub() as pubsub:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await pubsub.connect()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_subscribed(pubsub))
                tasks.create_task(self._read(pubsub))

    async def _keep_subscribed(self, pubsub: PubSub) -> None:
        subscribed: set[str] = set()
        while True:
            self._wanted_changed.clear()
            missing, surplus = self._wanted - subscribed, subscribed - self._wanted
            if missing:
                await pubsub.subscribe(*missing)
            if surplus:
                await pubsub.unsubscribe(*surplus)
            subscribed = (subscribed | missing) - surplus
            await self._wanted_changed.wait()

    async def _read(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=None)
            if message is not None:
                self._hand_over(message["channel"].decode(), message["data"])

    def _hand_over(self, channel: str, data: bytes) -> None:
        try:
            self.on_message(channel, data)
        except Exception:
            logger.exception("cannot read a message on %s", channel)

    async def _publish_backlog(self, client: Redis) -> None:
        while True:
            await self._has_backlog.wait()
            self._has_backlog.clear()
            await self._publish_waiting(client)

    async def _publish_last(self, client: Redis) -> None:
        try:
            await self._publish_waiting(client)
        except (RedisError, OSError) as error:
            logger.warning("%d messages are lost: %s", len(self._backlog), error)

    async def _publish_waiting(self, client: Redis) -> None:
        batch = list(self._backlog)
        self._backlog.clear()
        if not batch:
            return
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS), client.pipeline(transaction=False) as pipeline:
                for channel, data in batch:
                    pipeline.publish(channel, data)
                await pipeline.execute()
        except asyncio.CancelledError:
            # By flush(), which sends them itself. Some may arrive twice, which hints may.
            self._backlog.extendleft(reversed(batch))
            raise

"""Hears what is published on Redis channels, in a thread of its own, for as long as the worker lives."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from redis.exceptions import RedisError

from generation.redis_connection import open_redis

RETRY_S = 0.5
POLL_S = 0.25

logger = logging.getLogger(__name__)


class Listener:
    """Calls `handlers[channel](payload)`, and `on_subscribed` whenever it hears again: some may have been missed."""

    def __init__(
        self, redis_url: str, handlers: dict[str, Callable[[str], None]], on_subscribed: Callable[[], None]
    ) -> None:
        self._redis_url = redis_url
        self._handlers = handlers
        self._on_subscribed = on_subscribed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._listen()
            except (RedisError, OSError) as error:
                logger.warning("listening again in %.1f s: %s", RETRY_S, error)
                self._stop.wait(RETRY_S)

    def _listen(self) -> None:
        with open_redis(self._redis_url) as redis, redis.pubsub() as subscription:
            subscription.subscribe(*self._handlers)
            while not self._stop.is_set():
                message = subscription.get_message(timeout=POLL_S)
                if message is not None:
                    self._hear(message["type"], message["channel"], message["data"])

    def _hear(self, kind: str, channel: str, payload: str | int) -> None:
        # The last channel's confirmation means that all of them are heard.
        if kind == "subscribe" and payload == len(self._handlers):
            self._on_subscribed()
        if kind == "message":
            self._handle(channel, str(payload))

    def _handle(self, channel: str, payload: str) -> None:
        try:
            self._handlers[channel](payload)
        except Exception:
            # What is heard next may be all right; a listener that ends would be missed by nobody.
            logger.exception("%s on %s failed", payload, channel)

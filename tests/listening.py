"""Hears what is published on a Redis channel."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from channels_redis.serializers import registry
from redis import Redis


@contextmanager
def listening(redis: Redis, channel: str) -> Iterator[list[bytes]]:
    """The payloads published while the block runs, as they come."""
    heard: list[bytes] = []
    stop = threading.Event()
    with redis.pubsub(ignore_subscribe_messages=True) as subscription:
        subscription.subscribe(channel)
        # Subscribed for sure only when the server has said so.
        subscription.get_message(timeout=5.0)

        def listen() -> None:
            while not stop.is_set():
                message = subscription.get_message(timeout=0.05)
                if message:
                    heard.append(message["data"])

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield heard
        finally:
            stop.set()
            thread.join()


def read_events(payloads: list[bytes]) -> list[dict[str, Any]]:
    """The channel layer's messages, where the channel is one of its own."""
    serializer = registry.get_serializer("msgpack")
    return [serializer.deserialize(payload) for payload in payloads]

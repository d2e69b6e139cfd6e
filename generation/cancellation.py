"""How a request is called off: stored for a minute, so that it may precede its task, and rung for the running one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from redis import Redis

CHANNEL = "inkling:cancel"
KEY_PREFIX = "inkling:cancelled:"
KEEP_S = 60
MAX_REMEMBERED = 4096


def cancel(redis: Redis, request_id: str) -> None:
    pipeline = redis.pipeline(transaction=False)
    # Stored before it is rung: whoever subscribes in between finds it stored.
    pipeline.set(KEY_PREFIX + request_id, "1", ex=KEEP_S)
    pipeline.publish(CHANNEL, request_id)
    pipeline.execute()


def read_cancelled(redis: Redis, request_ids: Iterable[str]) -> list[str]:
    """Those of `request_ids` that have been called off."""
    asked = list(request_ids)
    stored = redis.mget([KEY_PREFIX + request_id for request_id in asked]) if asked else []
    return [request_id for request_id, value in zip(asked, stored, strict=True) if value is not None]


class HeardCancellations:
    """The ids rung lately. Closes the gap between looking at the stored ones and submitting a request."""

    def __init__(self) -> None:
        self._heard: OrderedDict[str, None] = OrderedDict()

    def add(self, request_id: str) -> None:
        self._heard[request_id] = None
        while len(self._heard) > MAX_REMEMBERED:
            self._heard.popitem(last=False)

    def __contains__(self, request_id: str) -> bool:
        return request_id in self._heard

"""What was suggested to whom, for a day: an edit that claims to be a suggestion is compared with it.

In this process' memory, and best-effort in Redis for a tab that comes back to another process. An edit is never
refused for what is not known here; it is recorded as unverified.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from webapp.background import in_background
from webapp.suggestion_progress import SuggestionProgress

logger = logging.getLogger(__name__)

KEEP_SECONDS: Final = 24 * 60 * 60
MAX_REQUESTS: Final = 5000
# An edit waits for this, where only Redis can know.
TIMEOUT_SECONDS: Final = 0.5
KEY_PREFIX: Final = "inkling:suggestion:"

Provenance = dict[str, Any]

# What is recorded of a suggestion that nobody here made.
UNKNOWN: Final[Provenance] = {
    "checkpoint": None,
    "revision": None,
    "dtype": None,
    "params": None,
    "seed": None,
    "is_verified": False,
}


@dataclass(frozen=True, slots=True)
class Asker:
    """One tab of one browser on one document. Nobody else's suggestions count as its own."""

    document_id: UUID
    browser_id: str
    session_id: str

    def key(self, request_id: str) -> str:
        return f"{prefix_of(self.document_id)}{self.browser_id}:{self.session_id}:{request_id}"

    @property
    def scope(self) -> str:
        """Of the continuation cache: what is computed for it is given to this browser alone, in this document."""
        return f"{self.document_id.hex}/{self.browser_id}"


def prefix_of(document_id: UUID) -> str:
    return f"{KEY_PREFIX}{document_id.hex}:"


class RememberedSuggestions:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requests: OrderedDict[str, tuple[float, SuggestionProgress]] = OrderedDict()

    def keep(self, asker: Asker, progress: SuggestionProgress) -> None:
        """From its beginning: a suggestion may be accepted while it is being written."""
        self._requests[asker.key(progress.request.request_id)] = (self._clock(), progress)
        while len(self._requests) > MAX_REQUESTS:
            self._requests.popitem(last=False)

    def store(self, asker: Asker, progress: SuggestionProgress) -> None:
        """In Redis, once it has ended."""
        if any(continuation.text for continuation in progress.continuations):
            value = json.dumps(_record(progress))
            in_background(asyncio.to_thread(_write, asker.key(progress.request.request_id), value), "remembering")

    def forget(self, document_id: UUID) -> None:
        """All that was suggested in a document. Other processes forget it within a day. Safe from any thread."""
        prefix = prefix_of(document_id)
        for key in [key for key in list(self._requests) if key.startswith(prefix)]:
            self._requests.pop(key, None)

    async def provenance(self, asker: Asker, request_id: str | None, index: int | None, inserted: str) -> Provenance:
        """What an edit's claim is worth. A part of the text is enough: words are taken one by one, and typed over."""
        claim = {"request_id": request_id, "index": index}
        record = await self._find(asker, request_id) if request_id is not None else None
        texts = record["texts"] if record else []
        if record is None or index is None or index >= len(texts) or not inserted or inserted not in texts[index]:
            return {**claim, **UNKNOWN}
        facts = {name: record[name] for name in ("checkpoint", "revision", "dtype", "params")}
        return {**claim, **facts, "seed": record["seeds"][index], "is_verified": True}

    async def _find(self, asker: Asker, request_id: str) -> dict[str, Any] | None:
        key = asker.key(request_id)
        kept_at, progress = self._requests.get(key, (0.0, None))
        if progress is not None and self._clock() - kept_at < KEEP_SECONDS:
            return _record(progress)
        value = await asyncio.to_thread(_read, key)
        found: dict[str, Any] | None = json.loads(value) if value else None
        return found


def _record(progress: SuggestionProgress) -> dict[str, Any]:
    return {
        "checkpoint": progress.checkpoint,
        "revision": progress.revision,
        "dtype": progress.dtype,
        "params": progress.request.params.model_dump(mode="json"),
        "texts": [continuation.text for continuation in progress.continuations],
        "seeds": [continuation.seed for continuation in progress.continuations],
    }


def _write(key: str, value: str) -> None:
    try:
        with _open_redis() as redis:
            redis.set(key, value, ex=KEEP_SECONDS)
    except (RedisError, OSError) as error:
        logger.info("a suggestion is remembered in this process only: %s", error)


def _read(key: str) -> str | None:
    try:
        with _open_redis() as redis:
            value: str | None = redis.get(key)
            return value
    except (RedisError, OSError) as error:
        logger.info("Redis cannot be asked for a suggestion: %s", error)
        return None


def forget_stored(document_id: UUID) -> None:
    """What Redis has for other processes. Blocks; raises RedisError."""
    with _open_redis() as redis:
        for key in redis.scan_iter(f"{prefix_of(document_id)}*", count=1000):
            redis.delete(key)


def _open_redis() -> Redis:
    limits = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
    return Redis.from_url(settings.REDIS_URL, decode_responses=True, retry=Retry(NoBackoff(), 0), **limits)


# This process's own.
remembered = RememberedSuggestions()

"""Asks the workers for suggestions, or finds them in the continuation cache. The only door to generation.

Every answer comes within LIMIT_S whatever Redis does: it is asked in threads of our own, never on an event loop.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.conf import settings
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from generation import cancellation, catalogue, continuation_cache, roster
from generation.catalogue import queue_of
from generation.continuation_cache import CachedContinuation, CacheSpace
from generation.errors import CheckpointNotReady
from generation.heartbeats import CheckpointStatus, Heartbeat
from generation.messages import GenerationRequest, SamplingParams
from generation.redis_connection import open_redis
from generation.roster import Roster
from webapp.celery import BROKER_PREFIX, app
from webapp.errors import ClientError

if TYPE_CHECKING:
    from webapp.protocol import SuggestParams

__all__ = ["Asked", "CachedContinuation", "CheckpointStatus", "ask", "cancel", "checkpoint_states", "queue_of"]

LIMIT_S = 3.0
ROSTER_AGE_S = 1.0
# Tasks that no worker has taken up yet; one more would wait longer than a person who types.
MAX_QUEUED = 16
AWAY = "suggestions are away for the moment: Redis does not answer"

T = TypeVar("T")
logger = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="suggestions")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who answers. `cached` holds the answer where it was known already, else events follow on `reply_to`."""

    checkpoint: str
    revision: str
    dtype: str
    seed: int
    cached: list[CachedContinuation] | None
    note: str | None


async def ask(
    *,
    asker: str,
    reply_to: str,
    request_id: str,
    prompt: str,
    checkpoint: str | None,
    params: SuggestParams,
    fresh: bool,
) -> Asked:
    """Raises ClientError "busy", or "unavailable" with the reason. What is cached is given to its `asker` alone.

    A checkpoint that is not ready is stood in for by another one, and `note` says so; one that waits to be asked for
    is loaded. `fresh` leaves the cache out.
    """
    deadline = time.time() + params.max_time_ms / 1000
    # Who fixes a seed wants that seed's text, so it has a part of the cache to itself.
    scope = asker if params.seed is None else f"{asker} seed {params.seed}"
    request = GenerationRequest(request_id, checkpoint or "", prompt, _drawn(params), deadline, reply_to, scope)
    # The requests of all pages that somebody has open take turns with other people's.
    request = replace(request, asker=asker.rpartition("/")[2])
    return await _in_thread(lambda: _desk().ask(request, fresh))


async def cancel(request_id: str) -> None:
    """Calls a request off. Where Redis is away nobody can be told, and the request ends at its deadline."""
    try:
        await _in_thread(lambda: _desk().cancel(request_id))
    except ClientError as error:
        logger.info("%s is not called off: %s", request_id, error)


def forget(document_id: UUID) -> None:
    """Takes what was computed for a document out of the cache. Blocks; raises RedisError."""
    redis = _desk().redis
    for key in redis.scan_iter(f"{continuation_cache.prefix_of(document_id.hex)}*", count=1000):
        redis.delete(key)


async def checkpoint_states() -> dict[str, CheckpointStatus]:
    """How each checkpoint of the catalogue stood a second ago or later; all "unavailable" where Redis is away."""
    return await asyncio.wrap_future(_threads.submit(lambda: _desk().roster().statuses))


def publish_catalogue(content: dict[str, Any]) -> None:
    """Tells the workers what is to be served. Raises RedisError where they cannot be told."""
    _desk().publish_catalogue(content)


def published_catalogue() -> str | None:
    """What the workers were told last, as JSON; None where Redis lost it. Raises RedisError."""
    return _desk().published_catalogue()


def workers() -> list[Heartbeat]:
    """The live ones, with what each says of itself. Raises RedisError."""
    return roster.read_heartbeats(_desk().redis)


def num_waiting(queue: str) -> int:
    """Tasks in a queue that no worker has taken up yet. Raises RedisError."""
    return int(_desk().redis.llen(BROKER_PREFIX + queue))


class _Desk:
    """What a process knows of one Redis and its workers. Its methods block; they are for any thread."""

    def __init__(self, redis_url: str) -> None:
        self.redis = open_redis(redis_url)
        self._lock = threading.Lock()
        self._roster = Roster()
        self._is_away = False
        self._read_at = float("-inf")

    def ask(self, request: GenerationRequest, is_fresh: bool) -> Asked:
        known = self.roster()
        name, note = self._choose(known, request.checkpoint or None)
        status, params = known.statuses[name], request.params
        space = CacheSpace(request.cache_scope, name, status.revision, status.dtype, params)
        asked = Asked(name, status.revision, status.dtype, params.seed, cached=None, note=note)
        places = [] if is_fresh else continuation_cache.look_up_keys(space, request.prompt)
        found, num_queued = self._look_up(places, queue_of(name))
        cached = continuation_cache.fitting(found, params.distinct)
        if len(cached) >= params.num_rows:
            return replace(asked, seed=cached[0].seed, cached=cached[: params.num_rows])
        if num_queued >= MAX_QUEUED:
            raise ClientError("busy", f"{num_queued} requests wait for {name} already; ask again in a moment")
        _publish(replace(request, checkpoint=name))
        return asked

    def cancel(self, request_id: str) -> None:
        cancellation.cancel(self.redis, request_id)

    def publish_catalogue(self, content: dict[str, Any]) -> None:
        catalogue.publish(self.redis, content)
        self._read_at = float("-inf")

    def published_catalogue(self) -> str | None:
        text = self.redis.get(catalogue.KEY)
        return None if text is None else str(text)

    def roster(self) -> Roster:
        """Never raises; Redis is asked once a second, also while it is away."""
        with self._lock:
            if time.monotonic() < self._read_at + ROSTER_AGE_S:
                return self._roster
            try:
                self._roster = roster.read(self.redis, self._roster)
                self._is_away = False
            except (RedisError, OSError) as error:
                self._note_away(error)
                self._roster = roster.without_workers(self._roster, AWAY)
            self._read_at = time.monotonic()
            return self._roster

    def _choose(self, known: Roster, wanted: str | None) -> tuple[str, str | None]:
        if self._is_away:
            raise ClientError("unavailable", AWAY)
        if wanted and known.waits_for_request(wanted):
            catalogue.want(self.redis, wanted)
        try:
            return known.choose(wanted)
        except CheckpointNotReady as error:
            raise ClientError("unavailable", str(error)) from error

    def _look_up(self, places: list[tuple[str, str]], queue: str) -> tuple[list[tuple[str, str | None]], int]:
        """((text typed since, what is stored) of each place, tasks that wait), in one round trip."""
        pipeline = self.redis.pipeline(transaction=False)
        pipeline.llen(BROKER_PREFIX + queue)
        for key, _ in places:
            pipeline.get(key)
        num_queued, *values = pipeline.execute()
        return [(typed, value) for (_, typed), value in zip(places, values, strict=True)], num_queued

    def _note_away(self, error: Exception) -> None:
        if not self._is_away:
            logger.warning("suggestions are away: %s", error)
        self._is_away = True


@functools.cache
def _desk_of(redis_url: str) -> _Desk:
    return _Desk(redis_url)


def _desk() -> _Desk:
    return _desk_of(settings.REDIS_URL)


def _publish(request: GenerationRequest) -> None:
    seconds_left = max(request.deadline - time.time(), 0.001)
    queue = queue_of(request.checkpoint)
    app.send_task("generation.generate", args=[request.to_dict()], queue=queue, expires=seconds_left)


def _drawn(params: SuggestParams) -> SamplingParams:
    """The engine's form of the frame's params, with a seed drawn where none is fixed."""
    fields = params.model_dump()
    seed = secrets.randbits(31) if params.seed is None else params.seed
    return SamplingParams(**{**fields, "stop": tuple(fields["stop"]), "seed": seed})


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.wait_for(asyncio.wrap_future(_threads.submit(work)), LIMIT_S)
    except (RedisError, OperationalError, OSError, TimeoutError) as error:
        raise ClientError("unavailable", AWAY) from error

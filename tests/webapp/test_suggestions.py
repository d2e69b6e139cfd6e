"""Asking for suggestions: who answers, from where, and how fast it fails when nobody can."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings
from redis import Redis

from generation import continuation_cache, heartbeats
from generation.continuation_cache import CachedContinuation, CacheSpace
from generation.heartbeats import CheckpointStatus, Heartbeat
from generation.messages import GenerationRequest, SamplingParams
from generation.redis_connection import open_redis
from tests.broker import use_redis
from tests.redis_server import RedisServer
from webapp import suggestions
from webapp.errors import ClientError
from webapp.protocol import SuggestParams
from webapp.suggestions import MAX_QUEUED, Asked

QUEUE = "inkling:celery:checkpoint.tiny"
CATALOGUE = {
    "version": 1,
    "default": "tiny",
    "checkpoints": [
        {"name": "tiny", "source": "bundled:novels-7m", "revision": "", "dtype": "auto", "load": True},
        {"name": "large", "source": "hub:o/large", "revision": "", "dtype": "auto", "load": False},
    ],
}


@pytest.fixture
def redis(redis_server: RedisServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redis]:
    """This test's Redis, which suggestions and broker use, with a worker that has "tiny" loaded."""
    use_redis(redis_server.url, settings, monkeypatch)
    with open_redis(redis_server.url) as redis:
        suggestions.publish_catalogue(CATALOGUE)
        beat(redis, tiny="ready", large="absent")
        yield redis


def beat(redis: Redis, **states: str) -> None:
    statuses = {name: CheckpointStatus(state, dtype="float32", revision="r1") for name, state in states.items()}
    heartbeats.write(redis, Heartbeat("w1", "host", 1, 0.0, 1, statuses))


async def ask(
    prompt: str = "The cat", *, asker: str = "alice", checkpoint: str | None = None, fresh: bool = False, **params: Any
) -> Asked:
    return await suggestions.ask(
        asker=asker,
        reply_to="tab",
        request_id="s:1",
        prompt=prompt,
        checkpoint=checkpoint,
        params=SuggestParams(**{"num_continuations": 2, **params}),
        fresh=fresh,
    )


def queued(redis: Redis) -> list[tuple[GenerationRequest, dict[str, Any]]]:
    """The requests that wait for the checkpoint "tiny", with their messages' headers; the oldest first."""
    messages = [json.loads(text) for text in reversed(redis.lrange(QUEUE, 0, -1))]
    bodies = [json.loads(base64.b64decode(message["body"])) for message in messages]
    headers = [message["headers"] for message in messages]
    return [(GenerationRequest.from_dict(body[0][0]), header) for body, header in zip(bodies, headers, strict=True)]


def keep(redis: Redis, prompt: str, *texts: str, scope: str = "alice", seed: int = 7, distinct: bool = True) -> None:
    """Puts continuations into the cache, as a worker does."""
    space = CacheSpace(scope, "tiny", "r1", "float32", SamplingParams(distinct=distinct))
    continuations = [CachedContinuation(text, "stop", 5, seed, index) for index, text in enumerate(texts)]
    entry = continuation_cache.entry(space, prompt, continuations)
    assert entry is not None
    redis.set(*entry)


async def test_a_question_is_queued_for_its_checkpoint_until_its_deadline(redis: Redis) -> None:
    asked = await ask(max_time_ms=2000)
    [(request, headers)] = queued(redis)
    assert (asked.checkpoint, asked.revision, asked.dtype, asked.cached, asked.note) == (
        "tiny",
        "r1",
        "float32",
        None,
        None,
    )
    assert (request.request_id, request.prompt, request.reply_to) == ("s:1", "The cat", "tab")
    assert request.params.seed == asked.seed
    assert 1.0 < request.deadline - time.time() <= 2.0
    assert headers["expires"] is not None


async def test_a_fixed_seed_is_kept_and_others_are_drawn(redis: Redis) -> None:
    assert (await ask(seed=42)).seed == 42
    assert (await ask()).seed != (await ask()).seed


async def test_what_was_computed_answers_while_one_types_on(redis: Redis) -> None:
    keep(redis, "The cat", " sat down", " sang along")
    asked = await ask("The cat s")
    assert asked.cached is not None
    assert [continuation.text for continuation in asked.cached] == ["at down", "ang along"]
    assert asked.seed == 7
    assert queued(redis) == []


async def test_what_begins_as_another_suggestion_does_is_served_only_to_who_allows_it(redis: Redis) -> None:
    for distinct in (True, False):
        keep(redis, "The cat", " sat down", distinct=distinct)
        keep(redis, "The cat s", "at up", distinct=distinct)
    assert (await ask("The cat s")).cached is None
    assert (await ask("The cat s", distinct=False)).cached is not None


async def test_too_few_that_fit_are_not_served(redis: Redis) -> None:
    keep(redis, "The cat", " sat down", " ran off")
    assert (await ask("The cat s")).cached is None


async def test_nobody_is_given_what_is_anothers(redis: Redis) -> None:
    keep(redis, "The cat", " sat down", " sang along", scope="bob")
    assert (await ask("The cat")).cached is None


@pytest.mark.parametrize("change", [{"temperature": 0.5}, {"distinct": False}, {"seed": 7}, {"fresh": True}])
async def test_other_params_a_fixed_seed_and_a_fresh_question_are_computed(
    redis: Redis, change: dict[str, Any]
) -> None:
    keep(redis, "The cat", " sat down", " sang along")
    assert (await ask("The cat", **change)).cached is None


async def test_a_fixed_seed_finds_its_own_text_again(redis: Redis) -> None:
    await ask("The cat", seed=7)
    [(request, _)] = queued(redis)
    keep(redis, "The cat", " sat down", " sang along", scope=request.cache_scope)
    assert (await ask("The cat", seed=7)).cached is not None


async def test_a_checkpoint_that_waits_for_a_request_is_loaded_and_stood_in_for(redis: Redis) -> None:
    asked = await ask(checkpoint="large")
    assert (asked.checkpoint, asked.note) == ("tiny", "large is being loaded now; tiny answered")
    assert redis.exists("inkling:wanted:large")


async def test_a_full_queue_says_busy(redis: Redis) -> None:
    redis.rpush(QUEUE, *["task"] * MAX_QUEUED)
    with pytest.raises(ClientError) as caught:
        await ask()
    assert caught.value.code == "busy"


async def test_a_full_queue_does_not_keep_the_cache_from_answering(redis: Redis) -> None:
    redis.rpush(QUEUE, *["task"] * MAX_QUEUED)
    keep(redis, "The cat", " sat down", " sang along")
    assert (await ask()).cached is not None


async def test_without_a_live_worker_it_is_unavailable(redis: Redis) -> None:
    redis.delete("inkling:worker:w1")
    with pytest.raises(ClientError, match="no worker serves tiny") as caught:
        await ask()
    assert caught.value.code == "unavailable"


async def test_with_redis_stopped_it_is_unavailable_at_once(redis: Redis, redis_server: RedisServer) -> None:
    redis_server.stop()
    before = time.monotonic()
    for _ in range(3):
        with pytest.raises(ClientError, match="Redis does not answer"):
            await ask()
    assert time.monotonic() - before < 1.0
    await suggestions.cancel("s:1")


async def test_with_redis_paused_it_is_unavailable_within_three_seconds(
    redis: Redis, redis_server: RedisServer
) -> None:
    await ask()
    redis_server.pause()
    before = time.monotonic()
    with pytest.raises(ClientError, match="Redis does not answer"):
        await ask()
    assert time.monotonic() - before < 3.5
    redis_server.resume()


async def test_an_event_loop_never_waits_for_a_paused_redis(redis: Redis, redis_server: RedisServer) -> None:
    redis_server.pause()
    question = asyncio.ensure_future(ask())
    before = time.monotonic()
    await asyncio.sleep(0)
    assert time.monotonic() - before < 0.1
    with pytest.raises(ClientError):
        await question
    redis_server.resume()


async def test_when_redis_is_back_questions_are_taken_again(redis: Redis, redis_server: RedisServer) -> None:
    redis_server.stop()
    with pytest.raises(ClientError):
        await ask()
    redis_server.start()
    suggestions.publish_catalogue(CATALOGUE)
    beat(redis, tiny="ready")
    assert (await ask()).checkpoint == "tiny"


async def test_a_cancellation_is_stored_and_rung(redis: Redis) -> None:
    await suggestions.cancel("s:1")
    assert redis.exists("inkling:cancelled:s:1")


async def test_the_states_are_those_of_the_workers(redis: Redis) -> None:
    states = await suggestions.checkpoint_states()
    assert {name: status.state for name, status in states.items()} == {"tiny": "ready", "large": "absent"}


async def test_the_states_are_unavailable_where_redis_is_away(redis: Redis, redis_server: RedisServer) -> None:
    await suggestions.checkpoint_states()
    redis_server.stop()
    suggestions._desk()._read_at = float("-inf")
    states = await suggestions.checkpoint_states()
    assert {status.state for status in states.values()} == {"unavailable"}
    assert states["tiny"].reason == suggestions.AWAY

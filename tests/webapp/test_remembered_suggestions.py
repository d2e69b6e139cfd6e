"""What was suggested is recognised for a day, in this process and, through Redis, in others."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from pytest_django import Settings

from tests.redis_server import RedisServer
from webapp import remembered_suggestions
from webapp.protocol import Suggest, SuggestParams
from webapp.remembered_suggestions import Asker, RememberedSuggestions
from webapp.suggestion_progress import SuggestionProgress
from webapp.suggestions import Asked

DOCUMENT_ID = UUID(int=7)
ALICE = Asker(DOCUMENT_ID, "a" * 32, "session-of-alice")
TEXT = " a dark night."


def finished() -> SuggestionProgress:
    params = SuggestParams(num_continuations=1)
    request = Suggest(type="suggest", request_id="r1", prompt="It was", params=params)
    progress = SuggestionProgress(request)
    progress.start(Asked("gpt2", "abc", "float32", seed=7, cached=None, note=None))
    progress.hear({"type": "continuation.finished", "index": 0, "finish_reason": "stop", "num_tokens": 4, "text": TEXT})
    return progress


@pytest.fixture(autouse=True)
def redis(settings: Settings, redis_server: RedisServer) -> RedisServer:
    settings.REDIS_URL = redis_server.url
    return redis_server


async def test_another_process_recognises_it() -> None:
    RememberedSuggestions().store(ALICE, finished())
    there = RememberedSuggestions()
    async with asyncio.timeout(5):
        while not (await there.provenance(ALICE, "r1", 0, TEXT))["is_verified"]:
            await asyncio.sleep(0.01)
    known = await there.provenance(ALICE, "r1", 0, " dark")
    assert (known["checkpoint"], known["revision"], known["seed"]) == ("gpt2", "abc", 7)
    stranger = Asker(DOCUMENT_ID, "b" * 32, ALICE.session_id)
    assert (await there.provenance(stranger, "r1", 0, TEXT))["is_verified"] is False


async def test_it_is_forgotten_after_a_day() -> None:
    now = [0.0]
    remembered = RememberedSuggestions(clock=lambda: now[0])
    remembered.keep(ALICE, finished())
    assert (await remembered.provenance(ALICE, "r1", 0, TEXT))["is_verified"] is True
    now[0] = 24 * 60 * 60.0
    assert (await remembered.provenance(ALICE, "r1", 0, TEXT))["is_verified"] is False


async def test_only_so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_suggestions, "MAX_REQUESTS", 1)
    remembered, other = RememberedSuggestions(), Asker(DOCUMENT_ID, "c" * 32, "session-of-carol")
    remembered.keep(ALICE, finished())
    remembered.keep(other, finished())
    assert (await remembered.provenance(ALICE, "r1", 0, TEXT))["is_verified"] is False
    assert (await remembered.provenance(other, "r1", 0, TEXT))["is_verified"] is True


@pytest.mark.parametrize(("index", "text"), [(None, TEXT), (1, TEXT), (0, ""), (0, "another")])
async def test_what_does_not_match_is_unverified(index: int | None, text: str) -> None:
    remembered = RememberedSuggestions()
    remembered.keep(ALICE, finished())
    provenance = await remembered.provenance(ALICE, "r1", index, text)
    assert (provenance["is_verified"], provenance["checkpoint"]) == (False, None)


@pytest.mark.parametrize("fault", ["stop", "pause"])
async def test_without_redis_it_is_unverified_soon(redis: RedisServer, fault: str) -> None:
    getattr(redis, fault)()
    remembered = RememberedSuggestions()
    async with asyncio.timeout(2):
        assert (await remembered.provenance(ALICE, "r1", 0, TEXT))["is_verified"] is False

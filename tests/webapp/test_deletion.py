"""Delete really deletes: no word of a deleted document is left in the database's files, in Redis, or in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from generation import continuation_cache
from generation.continuation_cache import CachedContinuation, CacheSpace
from generation.messages import SamplingParams
from tests.redis_server import RedisServer
from tests.webapp.writing import suggest, write
from webapp import deletion
from webapp.collab import authority, states
from webapp.models import Document, NamedVersion, Offer, Publication, SearchEntry, ShareLink, Snapshot
from webapp.remembered_suggestions import Asker

WORD = "quetzalcoatlus"
KEPT = "archaeopteryx"


@pytest.fixture
def only_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's files keep freed rows until it vacuums, as the documentation says")


@pytest.fixture
def redis(redis_server: RedisServer, settings: Settings) -> Iterator[Redis]:
    settings.REDIS_URL = redis_server.url
    with redis_server.client() as client:
        yield client


@pytest.fixture
def full(document: Document) -> Document:
    """The word is wherever a document's words can be: in pages of their own, too."""
    write(document, f"{WORD} " * 5000)
    suggest(document, f"A {WORD}.")
    Document.objects.filter(pk=document.pk).update(title=f"The {WORD}")
    state = authority.read(document.pk)
    ShareLink.make(document, "view", label=WORD)
    told = state.attribution.to_dict()
    Publication.objects.create(document=document, title=WORD, byline="A", text=state.text, attribution=told)
    Snapshot.objects.create(document=document, revision=2, text=state.text, attribution=told)
    NamedVersion.objects.create(document=document, revision=1, name=WORD, author_name="Ada", author_color=1)
    SearchEntry.objects.create(document=document, revision=2, text=state.text, first_line=WORD)
    hour = timezone.now() + timedelta(hours=1)
    place = {"text": WORD, "before": WORD, "after": WORD, "position": 0, "provenance": {"texts": [WORD]}}
    Offer.objects.create(document=document, author_name="Ada", author_color=1, expires_at=hour, **place)
    return document


def files_with(word: str) -> list[str]:
    """Of the database, its log included."""
    database = Path(str(connection.settings_dict["NAME"]))
    return [path.name for path in database.parent.glob(f"{database.name}*") if word.encode() in path.read_bytes()]


@pytest.mark.django_db(transaction=True)
def test_no_word_is_left_in_the_databases_files(only_sqlite: None, alice: Client, full: Document) -> None:
    other = Document.objects.create(browser_id="another")
    write(other, f"{KEPT} " * 5000)
    assert files_with(WORD)
    assert alice.post(f"/documents/{full.pk}/delete/").status_code == 303
    assert files_with(WORD) == []
    assert files_with(KEPT)
    assert authority.read(other.pk).text == f"{KEPT} " * 5000


@pytest.mark.django_db(transaction=True)
def test_neither_is_what_was_replaced_before(only_sqlite: None, alice: Client, full: Document) -> None:
    """Search entries, titles and snapshots are written over and thinned out while one writes."""
    SearchEntry.objects.update(text="", first_line="")
    Snapshot.objects.all().delete()
    Document.objects.update(title="Another")
    test_no_word_is_left_in_the_databases_files(only_sqlite, alice, full)


@pytest.mark.django_db(transaction=True)
def test_a_reader_holds_the_deletion_up_for_a_moment_only(
    only_sqlite: None, alice: Client, full: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is emptied with the next deletion then."""
    monkeypatch.setattr(deletion, "MAX_WAIT_MS", 1)
    reader = connection.copy()
    reader.inc_thread_sharing()
    with reader.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        cursor.execute("SELECT count(*) FROM webapp_document")
        cursor.fetchall()
        assert alice.post(f"/documents/{full.pk}/delete/").status_code == 303
        assert not Document.objects.exists()
        cursor.execute("ROLLBACK")
    reader.close()
    another = Document.objects.create(browser_id=alice.session["browser_id"])
    alice.post(f"/documents/{another.pk}/delete/")
    assert files_with(WORD) == []


def cached(document: Document, prompt: str) -> tuple[str, str]:
    """A continuation, as a worker puts it into the cache."""
    space = CacheSpace(Asker(document.pk, "b", "t").scope, "tiny", "r1", "float32", SamplingParams())
    entry = continuation_cache.entry(space, prompt, [CachedContinuation(" sat down.", "stop", 5, 7, 0)])
    assert entry is not None
    return entry


def test_redis_keeps_nothing_of_it_and_all_of_others(alice: Client, document: Document, redis: Redis) -> None:
    other = Document.objects.create(browser_id=document.browser_id)
    for each, word in ((document, WORD), (other, KEPT)):
        redis.set(*cached(each, f"The {word}"))
        # Also of a tab that took no suggestion, so that no update names it.
        redis.set(Asker(each.pk, document.browser_id, "tab").key("r1"), json.dumps({"texts": [word]}))
    alice.post(f"/documents/{document.pk}/delete/")
    left = [str(key) + str(redis.get(key)) for key in redis.scan_iter("inkling:*")]
    assert (len(left), [text for text in left if WORD in text]) == (2, [])


def test_this_process_keeps_nothing_of_it(alice: Client, document: Document) -> None:
    write(document, WORD)
    authority.read(document.pk)
    alice.post(f"/documents/{document.pk}/delete/")
    assert states.cache.get(document.pk) is None

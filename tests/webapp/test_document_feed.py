"""What each socket is sent of a document: everything, in order, once, whatever is late or fails."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from webapp import document_feed
from webapp.collab import authority, states
from webapp.collab.changes import ChangeSet
from webapp.database import in_database
from webapp.document_feed import DocumentFeed, OpenDocument
from webapp.edited_frames import encode, frames_of
from webapp.errors import ClientError
from webapp.models import Document

pytestmark = pytest.mark.django_db(transaction=True)


class Reader:
    """Stands in for a socket."""

    def __init__(self, document: OpenDocument, revision: int = 0) -> None:
        self.updates: list[dict[str, Any]] = []
        self.num_frames = 0
        self.feed = DocumentFeed(document, revision, self, "session-of-a-reader")
        document.feeds.add(self.feed)

    async def dispatch(self, message: dict[str, Any]) -> None:
        raise NotImplementedError

    async def send_text(self, text: str) -> None:
        self.num_frames += 1
        self.updates += json.loads(text)["updates"]

    @property
    def numbers(self) -> list[int]:
        return [update["number"] for update in self.updates]


rings: list[int] = []


def open_document(document: Document, revision: int = 0) -> OpenDocument:
    async def ring(_: UUID, revision: int) -> None:
        rings.append(revision)

    rings.clear()
    return OpenDocument(document.pk, revision, ring, pause=0)


async def hear(here: OpenDocument, revision: int) -> None:
    await here.heard(revision)
    await here.settled()


async def write(document: Document, *texts: str) -> int:
    """Adds to the end as another process would, one update a text; returns the revision."""
    state = await in_database(authority.read, document.pk)
    author = authority.Author("Quiet Heron", 1, "a" * 32)
    length, updates = len(state.text), []
    for text in texts:
        updates.append(authority.IncomingUpdate(ChangeSet.replacing(length, length, text, length), "typed"))
        length += len(text)
    place = (document.pk, author, "session-of-alice", state.revision, state.revision)
    revision = await in_database(authority.accept, *place, updates)
    states.cache.clear()
    return revision


async def test_all_readers_get_what_is_new(document: Document) -> None:
    here = open_document(document)
    one, two = Reader(here), Reader(here)
    await hear(here, await write(document, "a", "b"))
    await hear(here, await write(document, "c"))
    assert one.numbers == two.numbers == [0, 1, 2]


async def test_a_reader_behind_the_others_catches_up(document: Document) -> None:
    here = open_document(document)
    await hear(here, await write(document, "a", "b"))
    late = Reader(here, revision=1)
    await late.feed.send_new()
    assert late.numbers == [1]


async def test_a_reader_from_before_this_process_opened_the_document_catches_up(document: Document) -> None:
    revision = await write(document, "a", "b")
    here = open_document(document, revision)
    returning = Reader(here, revision=0)
    await hear(here, await write(document, "c"))
    assert returning.numbers == [0, 1, 2]


async def test_more_updates_than_one_reading_takes_all_come(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_feed, "READ_LIMIT", 2)
    here = open_document(document)
    reader = Reader(here)
    await hear(here, await write(document, *"abcde"))
    assert reader.numbers == [0, 1, 2, 3, 4]


async def test_what_the_writer_here_has_met_with_is_not_read_again(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    revision = await write(document, "a", "b")
    here = open_document(document)
    reader = Reader(here)
    await in_database(authority.read, document.pk)
    monkeypatch.setattr(authority, "updates_since", None)
    await hear(here, revision)
    assert reader.numbers == [0, 1]


async def test_a_ring_of_something_old_sends_nothing(document: Document) -> None:
    here = open_document(document)
    reader = Reader(here)
    await hear(here, await write(document, "a", "b"))
    await hear(here, 1)
    await hear(here, 2)
    assert reader.numbers == [0, 1]


async def test_what_cannot_be_read_now_comes_with_the_next_look(
    document: Document, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    here = open_document(document)
    reader = Reader(here)
    revision = await write(document, "a")

    def away(*_: object) -> None:
        raise ClientError("unavailable", "the database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(authority, "updates_since", away)
        await hear(here, revision)
    assert reader.numbers == []
    assert "the database is locked" in caplog.text
    await hear(here, revision)
    assert reader.numbers == [0]


async def test_long_updates_are_spread_over_frames(document: Document) -> None:
    here = open_document(document)
    reader = Reader(here)
    await hear(here, await write(document, *["x" * 40_000] * 5))
    assert reader.numbers == [0, 1, 2, 3, 4]
    assert reader.num_frames == 3


async def test_frames_say_the_revision_after_them(document: Document) -> None:
    await write(document, *["x" * 40_000] * 5)
    frames = frames_of(map(encode, await in_database(authority.updates_since, document.pk, 0)))
    assert [frame.revision for frame in frames] == [2, 4, 5]
    assert all(len(frame.text.encode()) <= 256 * 1024 for frame in frames)

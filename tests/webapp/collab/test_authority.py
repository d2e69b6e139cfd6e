"""What the authority accepts, in which order, and what it refuses without changing anything."""

import sqlite3
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from webapp.collab import authority, states
from webapp.collab.attribution import Run
from webapp.collab.authority import MAX_LENGTH, SNAPSHOT_EVERY, Author, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.errors import ClientError
from webapp.models import Document, Snapshot

ADA = Author("Ada", 1, browser_id="ada's browser")
BOB = Author("Bob", 2, browser_id="bob's browser")
PROVENANCE = {"request_id": "r1", "index": 0, "checkpoint": "novels-7m", "params": {"top_p": 0.9}, "is_verified": True}


def update(changes: list[Any], origin: str = "typed", provenance: dict[str, Any] | None = None) -> IncomingUpdate:
    return IncomingUpdate(ChangeSet.from_json(changes), origin, provenance)


def accept(document: Document, author: Author, revision: int, first_number: int, *changes: list[Any]) -> int:
    updates = [update(each) for each in changes]
    return authority.accept(document.pk, author, f"{author.name}'s tab", revision, first_number, updates)


def text_of(document: Document) -> str:
    return authority.read(document.pk).text


@pytest.fixture
def letters(document: Document) -> Document:
    """A document in which Ada typed "abc", at revision 1."""
    accept(document, ADA, 0, 0, [[0, "abc"]])
    return document


@pytest.fixture
def kept_document(transactional_db: None) -> Iterator[Document]:
    """One outside the test's own transaction, as other connections see it."""
    document = Document.objects.create(browser_id="ada's browser")
    accept(document, ADA, 0, 0, [[0, "abc"]])
    yield document
    states.cache.clear()


# Works


def test_a_new_document_is_empty(document: Document) -> None:
    assert authority.read(document.pk) == states.DocumentState()


def test_updates_are_numbered_saved_and_told(letters: Document) -> None:
    suggestion = update([3, [0, "def"]], "suggestion", PROVENANCE)
    assert authority.accept(letters.pk, ADA, "Ada's tab", 1, 1, [suggestion, update([[1], 5])]) == 3
    assert text_of(letters) == "bcdef"
    _, second, third = authority.updates_since(letters.pk, 0)
    assert (second.revision, second.number, second.session_id) == (2, 1, "Ada's tab")
    assert (second.origin, second.provenance) == ("suggestion", PROVENANCE)
    assert (second.author.name, second.author.color) == ("Ada", 1)
    assert second.changes == [3, [0, "def"]]
    assert third.revision == 3


def test_updates_can_be_read_in_pages(letters: Document) -> None:
    accept(letters, ADA, 1, 1, [[1], 2], [[1], 1])
    assert [each.revision for each in authority.updates_since(letters.pk, 0, limit=2)] == [1, 2]
    assert [each.revision for each in authority.updates_since(letters.pk, 2)] == [3]
    assert authority.updates_since(letters.pk, 3) == []


def test_a_late_edit_is_moved_over_what_came_before(letters: Document) -> None:
    accept(letters, ADA, 1, 1, [[0, "<"], 3], [4, [0, ">"]])
    assert accept(letters, BOB, 1, 0, [2, [0, "-"], 1], [2, [1, "="], 1]) == 5
    assert text_of(letters) == "<ab=c>"


@pytest.mark.parametrize("text", ["short", "long " * 1000])
def test_what_is_remembered_and_what_is_read_move_an_edit_alike(letters: Document, text: str) -> None:
    accept(letters, ADA, 1, 1, [[0, text], 3], [[0, "<"], 3 + len(text)])
    assert accept(letters, BOB, 1, 0, [1, [1, "B"], 1]) == 4
    states.cache.clear()
    assert accept(letters, Author("Eve", 3, browser_id="eve's browser"), 1, 0, [1, [1, "E"], 1]) == 5
    assert text_of(letters) == f"<{text}aBEc"


def test_an_update_that_became_empty_is_a_revision_all_the_same(letters: Document) -> None:
    assert accept(letters, ADA, 1, 1, [[3]]) == 2
    assert accept(letters, BOB, 1, 0, [1, [1], 1]) == 3
    assert authority.updates_since(letters.pk, 2)[0].changes == []


def test_the_text_remembers_who_wrote_it(letters: Document) -> None:
    accept(letters, BOB, 1, 0, [1, [0, "B"], 2])
    attribution = authority.read(letters.pk).attribution
    assert attribution.runs == (Run(1, 0), Run(1, 1), Run(2, 0))
    assert [source.author.name for source in attribution.sources] == ["Ada", "Bob"]


def test_heads_are_told_for_many_documents(letters: Document) -> None:
    assert authority.head_revisions([letters.pk, uuid.uuid4()]) == {letters.pk: 1}


def test_a_snapshot_stands_for_many_updates(document: Document) -> None:
    accept(document, ADA, 0, 0, *[[number, [0, "x"]] if number else [[0, "x"]] for number in range(SNAPSHOT_EVERY + 1)])
    snapshot = Snapshot.objects.get(document=document)
    accept(document, BOB, SNAPSHOT_EVERY + 1, 0, [[0, "y"], SNAPSHOT_EVERY + 1])
    before = authority.read(document.pk)
    states.cache.clear()
    document.updates.filter(revision__lte=snapshot.revision).delete()
    assert authority.read(document.pk) == before


def test_a_title_is_cleaned(document: Document) -> None:
    assert authority.rename(document.pk, "  The\u202e end\n") == "The end"
    assert len(authority.rename(document.pk, "x" * 300)) == 200
    document.refresh_from_db()
    assert document.title == "x" * 200


# Exactly once


def test_an_edit_sent_again_is_ignored_even_after_a_crash(letters: Document) -> None:
    assert accept(letters, ADA, 0, 0, [[0, "abc"]]) == 1
    states.cache.clear()  # the process died between the commit and its acknowledgement
    assert accept(letters, ADA, 0, 0, [[0, "abc"]]) == 1
    assert text_of(letters) == "abc"


def test_what_is_new_in_an_edit_sent_again_counts_once(letters: Document) -> None:
    accept(letters, BOB, 1, 0, [[0, "B"], 3])
    assert accept(letters, ADA, 0, 0, [[0, "abc"]], [3, [0, "d"]]) == 3
    assert text_of(letters) == "Babcd"


def test_an_edit_sent_again_on_a_newer_revision_counts_once(letters: Document) -> None:
    assert accept(letters, ADA, 1, 0, [[0, "abc"]], [3, [0, "d"]]) == 2
    assert text_of(letters) == "abcd"


def test_sessions_are_counted_apart(letters: Document) -> None:
    assert accept(letters, BOB, 1, 0, [3, [0, "d"]]) == 2
    assert accept(letters, BOB, 2, 1, [4, [0, "e"]]) == 3


def test_many_threads_wait_for_each_other(kept_document: Document) -> None:
    def write(author: Author) -> None:
        with closing(connection):
            first_number = 1 if author is ADA else 0
            for number in range(20):
                accept(kept_document, author, 1, first_number, *[[[0, "x"], 3 + n] for n in range(number + 1)])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, [ADA, BOB]))
    assert authority.head_revisions([kept_document.pk]) == {kept_document.pk: 41}
    assert text_of(kept_document) == "x" * 40 + "abc"


# Who may not


def test_a_document_that_is_not_there_is_absent(db: None) -> None:
    nowhere = uuid.uuid4()
    for ask in (
        lambda: authority.accept(nowhere, ADA, "s", 0, 0, [update([[0, "a"]])]),
        lambda: authority.read(nowhere),
        lambda: authority.updates_since(nowhere, 0),
        lambda: authority.rename(nowhere, "title"),
    ):
        with pytest.raises(ClientError) as refused:
            ask()
        assert (refused.value.code, refused.value.close_code) == ("absent", 4404)


def test_a_disabled_document_refuses(letters: Document) -> None:
    Document.objects.update(is_disabled=True)
    assert refusal(letters, ADA, 1, 1, [3, [0, "d"]]) == "read_only"
    with pytest.raises(ClientError):
        authority.rename(letters.pk, "title")


def test_nobody_writes_under_the_session_of_another_browser(letters: Document) -> None:
    thief = Author("Ada", 1, browser_id="another browser")
    assert refusal(letters, thief, 1, 1, [3, [0, "d"]]) == "bad_field"


# Bad input


def refusal(document: Document, author: Author, revision: int, first_number: int, *changes: list[Any]) -> str:
    """The code of the refusal, after which nothing has changed."""
    before = authority.read(document.pk)
    with pytest.raises(ClientError) as refused:
        accept(document, author, revision, first_number, *changes)
    assert authority.read(document.pk) == before
    states.cache.clear()
    assert authority.read(document.pk) == before
    return refused.value.code


@pytest.mark.parametrize("first_number", [2, 3, 1000])
def test_a_gap_in_the_numbers_is_refused(letters: Document, first_number: int) -> None:
    assert refusal(letters, ADA, 1, first_number, [3, [0, "d"]]) == "gap"


def test_an_edit_on_a_revision_without_ones_own_updates_is_refused(letters: Document) -> None:
    assert refusal(letters, ADA, 0, 1, [[0, "d"]]) == "gap"


@pytest.mark.parametrize("revision", [-1, 2, 10**30])
def test_an_unknown_revision_is_refused(letters: Document, revision: int) -> None:
    assert refusal(letters, BOB, revision, 0, [3, [0, "d"]]) == "revision_unknown"
    with pytest.raises(ClientError, match=f"revision is {revision}"):
        authority.updates_since(letters.pk, revision)


def test_an_edit_that_would_take_long_to_move_is_refused(letters: Document) -> None:
    accept(letters, ADA, 1, 1, *[[3]] * 200)
    many_parts = [part for _ in range(5001) for part in ([0, "x"], 1)]
    assert refusal(letters, BOB, 1, 0, many_parts) == "revision_unknown"


def test_a_revision_whose_updates_were_folded_is_refused(letters: Document) -> None:
    accept(letters, ADA, 1, 1, [3, [0, "d"]], [4, [0, "e"]])
    states.cache.put(letters.pk, replace(authority.read(letters.pk), recent=()))
    letters.updates.filter(revision__lte=2).delete()
    with pytest.raises(ClientError, match="revision is 1"):
        accept(letters, BOB, 1, 0, [3, [0, "f"]])
    with pytest.raises(ClientError, match="revision is 0"):
        authority.updates_since(letters.pk, 0)
    with pytest.raises(ClientError, match="revision is 4"):
        authority.updates_since(letters.pk, 4)


@pytest.mark.parametrize("changes", [[2, [0, "d"]], [[0, "d"]], [4], [[9]]])
def test_changes_for_another_length_are_refused(letters: Document, changes: list[Any]) -> None:
    assert refusal(letters, BOB, 1, 0, changes) == "invalid_changes"
    accept(letters, ADA, 1, 1, [[0, "x"], 3])
    assert refusal(letters, BOB, 1, 0, changes) == "invalid_changes"


def test_half_a_character_is_refused(letters: Document) -> None:
    accept(letters, ADA, 1, 1, [3, [0, "😀"]])
    assert refusal(letters, BOB, 2, 0, [4, [1]]) == "invalid_changes"


def test_an_edit_is_refused_as_a_whole(letters: Document) -> None:
    assert refusal(letters, BOB, 1, 0, [3, [0, "d"]], [3, [0, "e"]]) == "invalid_changes"


def test_a_text_grows_only_to_its_limit(document: Document) -> None:
    accept(document, ADA, 0, 0, [[0, "a" * (MAX_LENGTH - 1)]], [MAX_LENGTH - 1, [0, "b"]])
    assert refusal(document, BOB, 2, 0, [MAX_LENGTH, [0, "c"]]) == "too_long"
    assert accept(document, BOB, 2, 0, [MAX_LENGTH - 1, [1, "c"]]) == 3


# A database in trouble


@pytest.fixture
def sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite can be filled and locked by a test")


@pytest.mark.usefixtures("sqlite")
def test_a_locked_database_is_unavailable_and_nothing_changes(kept_document: Document) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        other.execute("BEGIN IMMEDIATE")
        assert refusal(kept_document, BOB, 1, 0, [3, [0, "d"]]) == "unavailable"
    assert accept(kept_document, BOB, 1, 0, [3, [0, "d"]]) == 2


@pytest.mark.usefixtures("sqlite")
def test_a_full_disk_is_unavailable_and_nothing_changes(kept_document: Document) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
    long_text = "d" * 1_000_000
    assert refusal(kept_document, BOB, 1, 0, [3, [0, long_text]]) == "unavailable"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1073741823")
    assert accept(kept_document, BOB, 1, 0, [3, [0, long_text]]) == 2

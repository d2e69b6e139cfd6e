"""Pages of a timeline, and the ways to names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.webapp.history.writing import ADA, BOB, spread, suggest, write
from webapp.errors import ClientError
from webapp.history import past, timeline, versions
from webapp.models import Document, Snapshot, Update

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def type_letters(document: Document, number: int) -> None:
    """Many at once: rows as the authority writes them."""
    rows = [
        Update(
            document=document, revision=revision, session_id="s", number=revision - 1, author_name="Ada",
            author_color=1, browser_id="b", origin="typed", changes=[revision - 1, [0, "x"]] if revision > 1
            else [[0, "x"]], created_at=NOON,
        )
        for revision in range(1, number + 1)
    ]  # fmt: skip
    Update.objects.bulk_create(rows)
    Document.objects.filter(pk=document.pk).update(revision=number)
    document.refresh_from_db()


def test_the_newest_comes_first(document: Document) -> None:
    write(document, [[0, "It was "]])
    suggest(document, [7, [0, "dark"]], checkpoint="gpt2")
    write(document, [[7], 4], BOB)
    spread(document, NOON, [0, 5, 400])
    page = timeline.read_page(document.pk)
    assert [(entry.origin, entry.num_inserted, entry.num_deleted) for entry in page.entries] == [
        ("typed", 0, 7), ("suggestion", 4, 0), ("typed", 7, 0),
    ]  # fmt: skip
    assert page.entries[1].checkpoints == ["gpt2"]
    assert page.before is None


def test_an_entry_tells_to_whom_others_gave_their_suggestions(document: Document) -> None:
    asker = {"name": BOB.name, "color": BOB.color}
    suggest(document, [[0, "It was "]], asker=asker)
    suggest(document, [7, [0, "dark"]], author=BOB, asker=asker)
    spread(document, NOON, [0, 400])
    bobs, adas = timeline.read_page(document.pk).entries
    assert (adas.askers, bobs.askers) == (["Bob"], [])


def test_pages_follow_each_other_without_gap_or_overlap(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "PAGE_ENTRIES", 3)
    for number in range(10):
        write(document, [number, [0, "x"]] if number else [[0, "x"]], [ADA, BOB][number % 2])
    spread(document, NOON, [60 * number for number in range(10)])
    seen, before = [], None
    while True:
        page = timeline.read_page(document.pk, before)
        assert len(page.entries) <= 3
        seen += [entry.last_revision for entry in page.entries]
        before = page.before
        if before is None:
            break
    assert seen == list(range(10, 0, -1))


def test_a_page_of_a_long_day_ends_too(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timeline, "PAGE_UPDATES", 1000)
    type_letters(document, 3000)
    page = timeline.read_page(document.pk)
    assert [entry.last_revision for entry in page.entries] == [3000, 2999, 2499]
    assert page.before == 1999
    assert timeline.read_page(document.pk, 1999).entries[0].last_revision == 1999


def test_a_page_reads_no_more_than_it_shows(document: Document) -> None:
    type_letters(document, 12_000)
    page = timeline.read_page(document.pk)
    assert page.entries[0].last_revision - page.entries[-1].first_revision <= timeline.PAGE_UPDATES + 500


def test_a_revision_is_read_from_the_nearest_snapshot(document: Document) -> None:
    type_letters(document, 450)
    # What the rows before it say does not matter any more.
    Snapshot.objects.create(document=document, revision=400, text="y" * 400, attribution=attribution_of(400))
    assert past.state_at(document, 410).text == "y" * 400 + "x" * 10
    assert past.state_at(document, 399).text == "x" * 399


def attribution_of(length: int) -> dict[str, object]:
    author = {"name": "Ada", "color": 1}
    source = {"author": author, "origin": "typed", "provenance": None, "at": NOON.isoformat()}
    return {"sources": [source], "runs": [[length, 0]]}


def test_a_document_without_updates_has_no_entries(document: Document) -> None:
    assert timeline.read_page(document.pk) == timeline.Page([], None)
    assert past.describe(document, 0)["text"] == ""


def test_a_revision_is_named_and_named_anew(document: Document) -> None:
    write(document, [[0, "x"]])
    versions.name_revision(document, ADA, 1, " First\n draft ")
    assert [each["name"] for each in versions.named_versions(document)] == ["First draft"]
    versions.name_revision(document, BOB, 1, "Second thought")
    (named,) = versions.named_versions(document)
    assert (named["name"], named["author"]["name"], named["revision"]) == ("Second thought", "Bob", 1)
    versions.forget_name(document, 1)
    assert versions.named_versions(document) == []


@pytest.mark.parametrize(
    ("revision", "name", "code"),
    [
        (2, "Later", "revision_unknown"),
        (-1, "Earlier", "revision_unknown"),
        (1, " \n", "bad_field"),
        (0, "", "bad_field"),
    ],
)
def test_names_that_are_refused(document: Document, revision: int, name: str, code: str) -> None:
    write(document, [[0, "x"]])
    with pytest.raises(ClientError) as refusal:
        versions.name_revision(document, ADA, revision, name)
    assert refusal.value.code == code


def test_there_is_an_end_to_names(document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "MAX_VERSIONS", 1)
    write(document, [[0, "x"]])
    versions.name_revision(document, ADA, 1, "First")
    versions.name_revision(document, ADA, 1, "The same, renamed")
    with pytest.raises(ClientError) as refusal:
        versions.name_revision(document, ADA, 0, "Another")
    assert refusal.value.code == "too_many"

"""What a long history may lose, and what it never loses."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from webapp.collab import acceptance, authority, folding, states
from webapp.collab.authority import Author, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.collab.folding import fold
from webapp.errors import ClientError
from webapp.models import Document, NamedVersion, Snapshot, Update

ADA = Author("Ada", 1, browser_id="ada's browser")
BOB = Author("Bob", 2, browser_id="bob's browser")
EVERY = 10


@pytest.fixture(autouse=True)
def frequent_snapshots(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(acceptance, "SNAPSHOT_EVERY", EVERY)
    monkeypatch.setattr(folding, "MAX_SNAPSHOTS", 4)
    monkeypatch.setattr(folding, "ROWS_AT_ONCE", 7)
    yield
    states.cache.clear()


def write(document: Document, author: Author, count: int) -> None:
    """Adds letters to the end, each an edit of its own."""
    state = authority.read(document.pk)
    session_id = f"{author.name}'s tab"
    number = document.updates.filter(session_id=session_id).count()
    for length in range(len(state.text), len(state.text) + count):
        changes = ChangeSet.replacing(length, length, author.name[0], length)
        revision = authority.head_revisions([document.pk])[document.pk]
        authority.accept(document.pk, author, session_id, revision, number, [IncomingUpdate(changes, "typed")])
        number += 1


def grow_old(document: Document, until: int, days: int = 40) -> None:
    document.updates.filter(revision__lte=until).update(created_at=timezone.now() - timedelta(days=days))


def snapshots(document: Document) -> list[int]:
    return list(document.snapshots.order_by("revision").values_list("revision", flat=True))


def revisions(document: Document) -> list[int]:
    return list(document.updates.order_by("revision").values_list("revision", flat=True))


def a_month_ago() -> datetime:
    return timezone.now() - timedelta(days=30)


@pytest.fixture
def old_document(document: Document) -> Document:
    """Ada wrote five letters, Bob thirty, both long ago; then Ada wrote ten more."""
    write(document, ADA, 5)
    write(document, BOB, 30)
    grow_old(document, 35)
    write(document, ADA, 10)
    return document


# Snapshots


def test_old_snapshots_lie_further_apart_the_longer_the_history(document: Document) -> None:
    write(document, ADA, 35)
    assert snapshots(document) == [10, 20, 30]
    write(document, ADA, 130)
    assert snapshots(document) == [10, 40, 80, 120, 150, 160]


def test_every_revision_can_be_told_when_snapshots_are_few(document: Document) -> None:
    write(document, ADA, 165)
    for revision in range(0, 166, 5):
        states.cache.clear()
        assert states.load(document.pk, revision).text == "A" * revision


def test_the_text_that_a_document_began_with_is_kept(document: Document) -> None:
    attribution = states.DocumentState().attribution.to_dict()
    Snapshot.objects.create(document=document, revision=0, text="", attribution=attribution)
    write(document, ADA, 100)
    assert snapshots(document)[0] == 0


# Updates


def test_folding_leaves_text_authors_and_what_is_young(old_document: Document) -> None:
    before = authority.read(old_document.pk)
    assert fold(old_document.pk, a_month_ago()) > 0
    assert [revision for revision in revisions(old_document) if revision > 30] == list(range(31, 46))
    assert snapshots(old_document)[0] == 30
    states.cache.clear()
    assert authority.read(old_document.pk) == before
    assert states.load(old_document.pk, 30).text == "A" * 5 + "B" * 25
    assert [update.revision for update in authority.updates_since(old_document.pk, 30)] == list(range(31, 46))


def test_a_sessions_last_update_stays_so_that_an_edit_sent_again_counts_once(document: Document) -> None:
    write(document, ADA, 5)
    write(document, BOB, 15)
    grow_old(document, 20)
    write(document, ADA, 10)
    Update.objects.filter(document=document, session_id="Ada's tab", revision__gt=20).update(session_id="Ada's new tab")
    assert fold(document.pk, a_month_ago()) == 18
    assert revisions(document)[:2] == [5, 20]
    states.cache.clear()
    again = IncomingUpdate(ChangeSet.from_json([4, [0, "A"]]), "typed")
    assert authority.accept(document.pk, ADA, "Ada's tab", 4, 4, [again]) == 30
    assert authority.read(document.pk).text == "A" * 5 + "B" * 15 + "A" * 10


@pytest.mark.parametrize("revision", [0, 4, 5, 29])
def test_what_was_folded_is_said_to_be_unknown(old_document: Document, revision: int) -> None:
    fold(old_document.pk, a_month_ago())
    states.cache.clear()
    late = IncomingUpdate(ChangeSet.replacing(0, 0, "x", revision), "typed")
    for ask in (
        lambda: authority.updates_since(old_document.pk, revision),
        lambda: authority.accept(old_document.pk, BOB, "Bob's new tab", revision, 0, [late]),
    ):
        with pytest.raises(ClientError) as refused:
            ask()
        assert refused.value.code == "revision_unknown"
    if revision:
        with pytest.raises(ClientError, match="cannot be served"):
            states.load(old_document.pk, revision)


def test_what_people_named_is_kept_with_all_that_came_later(old_document: Document) -> None:
    NamedVersion.objects.create(document=old_document, revision=14, name="First", author_name="Ada", author_color=1)
    fold(old_document.pk, a_month_ago())
    states.cache.clear()
    assert snapshots(old_document)[0] == 10
    assert states.load(old_document.pk, 14).text == "A" * 5 + "B" * 9


def test_folding_goes_on_after_an_interruption(old_document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    text = authority.read(old_document.pk).text
    with monkeypatch.context() as patch:
        patch.setattr(folding, "_delete_some", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fold(old_document.pk, a_month_ago())
    states.cache.clear()
    assert authority.read(old_document.pk).text == text
    fold(old_document.pk, a_month_ago())
    states.cache.clear()
    assert authority.read(old_document.pk).text == text
    assert fold(old_document.pk, a_month_ago()) == 0


def interrupt(*_: object) -> int:
    raise KeyboardInterrupt


def test_nothing_young_is_folded(document: Document) -> None:
    write(document, ADA, 35)
    assert fold(document.pk, a_month_ago()) == 0
    assert len(revisions(document)) == 35


# The command


def test_the_command_folds_all_documents(old_document: Document) -> None:
    Document.objects.update(created_at=timezone.now() - timedelta(days=50))
    output = StringIO()
    call_command("foldupdates", "--days", "30", stdout=output)
    assert "Folded 30 updates" in output.getvalue()


def test_the_command_keeps_what_somebody_may_have_written_over(old_document: Document) -> None:
    with pytest.raises(CommandError, match="--days is 29, expected at least 30"):
        call_command("foldupdates", "--days", "29")

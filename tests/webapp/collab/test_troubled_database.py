"""A database that is locked, full or gone: nothing is acknowledged, and all goes on by itself when it is well again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from django.db import connection
from django.test import Client

from tests.webapp.collab.waiting_edits import SECONDS, code, typed
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from webapp import database
from webapp.collab import authority, states
from webapp.collab.writer import Writer
from webapp.models import Document

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("Ada", "Bob", "Eve")
only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own limit of pages")
only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own limits of time")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that are opened from now on wait for a twentieth of a second."""
    options = connection.settings_dict["OPTIONS"]
    if connection.vendor == "sqlite":
        monkeypatch.setitem(options, "timeout", 0.05)
    else:
        monkeypatch.setitem(options, "options", "-c lock_timeout=50ms -c statement_timeout=30s")


@pytest.fixture
def writer(impatience: None) -> Iterator[Writer]:
    """With a connection of its own, closed before the database is emptied."""
    writer = Writer()
    yield writer
    writer.close()
    states.cache.clear()


@pytest.fixture
def page() -> Document:
    return Document.objects.create(browser_id="ada's browser")


@contextmanager
def locked_by_somebody(document: Document) -> Iterator[None]:
    """A transaction of another process that takes long."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
        return
    with psycopg.connect(**connection.get_connection_params()) as transaction:
        transaction.execute("SELECT 1 FROM webapp_document WHERE id = %s FOR UPDATE", [document.pk])
        yield


def test_a_lock_is_unavailable_to_all_who_wait_and_then_all_goes_on(writer: Writer, page: Document) -> None:
    with locked_by_somebody(page):
        answers = [writer.submit(typed(page, name, [[0, name]])) for name in NAMES]
        assert [code(answer) for answer in answers] == ["unavailable"] * 3
    assert authority.read(page.pk).revision == 0
    again = [writer.submit(typed(page, name, [[0, name]])) for name in NAMES]
    assert [answer.result(SECONDS).revision for answer in again] == [1, 2, 3]
    assert authority.read(page.pk).text == "AdaBobEve"


@only_sqlite
def test_a_full_disk_is_unavailable_and_nothing_is_lost(page: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    filler = Document.objects.create(browser_id="eve's browser")
    filler.snapshots.create(revision=0, text="x" * 1_000_000, attribution={})
    with connection.cursor() as cursor:
        num_pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    options = connection.settings_dict["OPTIONS"]
    monkeypatch.setitem(options, "init_command", f"{options['init_command']};PRAGMA max_page_count={num_pages}")
    writer = Writer()
    first = writer.submit(typed(page, "Ada", [[0, "short"]])).result(SECONDS)
    long = typed(page, "Bob", [5, [0, "long " * 10_000]], revision=1)
    assert code(writer.submit(long)) == "unavailable"
    assert authority.read(page.pk).revision == first.revision == 1

    filler.delete()
    assert writer.submit(long).result(SECONDS).revision == 2
    writer.close()
    states.cache.clear()
    assert authority.read(page.pk).text == "short" + "long " * 10_000


@only_postgres
def test_a_server_that_ends_all_connections_is_met_with_a_new_one(writer: Writer, page: Document) -> None:
    writer.submit(typed(page, "Ada", [[0, "a"]])).result(SECONDS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert writer.submit(typed(page, "Bob", [[0, "b"]])).result(SECONDS).revision == 2


@only_postgres
def test_the_settings_limit_how_long_a_statement_waits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30s",)


async def test_a_tab_is_told_and_sends_the_edit_again(
    tab: OpenTab, alice: Client, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.incoming_edits.writer", writer := Writer())
    mine = tab(alice, document)
    await mine.join()
    with locked_by_somebody(document):
        await mine.edit([[0, "Kept."]])
        assert (await mine.expect("error"))["code"] == "unavailable"
    mine.numbers = 0
    await mine.append("Kept.")
    assert mine.revision == 1
    await database.in_database(writer.close)

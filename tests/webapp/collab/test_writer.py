"""Edits of many sockets share transactions, and nothing else: not their refusals, not their failures."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from typing import Any

import pytest
from django.db import connection

from tests.waiting import wait_until
from tests.webapp.collab.waiting_edits import SECONDS, code, typed
from webapp.collab import authority, states
from webapp.collab.authority import Committed, Edit
from webapp.collab.turns import taking_turns
from webapp.collab.writer import MAX_GROUP, Answer, Writer
from webapp.errors import ClientError
from webapp.models import Document, Update


class Gate:
    """The authority behind a gate that a test opens, so that it knows who waits."""

    def __init__(self) -> None:
        self.groups: list[Sequence[Edit]] = []
        self.is_open = threading.Event()

    def accept_next(self, take_edits: Callable[[], Sequence[Edit]]) -> list[Answer]:
        edits = take_edits()
        self.groups.append(edits)
        assert self.is_open.wait(SECONDS)
        return authority.accept_all(edits)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def writer(gate: Gate, transactional_db: None) -> Iterator[Writer]:
    """Closed before the database is emptied."""
    writer = Writer(gate.accept_next)
    yield writer
    gate.is_open.set()
    writer.close()


@pytest.fixture
def document(transactional_db: None) -> Iterator[Document]:
    """Committed, so that the writer's own connection sees it."""
    yield Document.objects.create(browser_id="ada's browser")
    states.cache.clear()


def occupy(writer: Writer, gate: Gate, document: Document) -> None:
    """One edit is under way, so that the next ones wait."""
    writer.submit(typed(document, "first", [[0, "x"]]))
    wait_until(lambda: gate.groups)


def test_edits_that_wait_are_committed_together(writer: Writer, gate: Gate, document: Document) -> None:
    occupy(writer, gate, document)
    answers = [writer.submit(typed(document, f"writer {number}", [[0, "x"]])) for number in range(9)]
    gate.is_open.set()
    assert [answer.result(SECONDS).revision for answer in answers] == list(range(2, 11))
    assert [len(edits) for edits in gate.groups] == [1, 9]
    assert authority.read(document.pk).text == "x" * 10


def test_the_answer_tells_what_was_committed(writer: Writer, gate: Gate, document: Document) -> None:
    gate.is_open.set()
    first = writer.submit(typed(document, "Ada", [[0, "a"]], [1, [0, "b"]])).result(SECONDS)
    assert first == Committed(2, tuple(authority.updates_since(document.pk, 0)))
    again = writer.submit(typed(document, "Ada", [[0, "a"]], [1, [0, "b"]])).result(SECONDS)
    assert again == Committed(2)
    late = writer.submit(typed(document, "Bob", [[0, "c"]])).result(SECONDS)
    assert late.updates[0].changes == [2, [0, "c"]]


def test_the_same_edit_twice_in_a_group_counts_once(writer: Writer, gate: Gate, document: Document) -> None:
    occupy(writer, gate, document)
    answers = [writer.submit(typed(document, "Ada", [[0, "a"]])) for _ in range(3)]
    gate.is_open.set()
    assert [len(answer.result(SECONDS).updates) for answer in answers] == [1, 0, 0]
    assert authority.read(document.pk).text == "xa"


def test_a_group_has_a_limit(writer: Writer, gate: Gate, document: Document) -> None:
    occupy(writer, gate, document)
    answers = [writer.submit(typed(document, f"writer {number}", [[0, "x"]])) for number in range(MAX_GROUP + 2)]
    gate.is_open.set()
    assert answers[-1].result(SECONDS).revision == MAX_GROUP + 3
    assert [len(edits) for edits in gate.groups] == [1, MAX_GROUP, 2]


def test_a_lively_document_does_not_keep_the_others_waiting(writer: Writer, gate: Gate, document: Document) -> None:
    quiet = Document.objects.create(browser_id="bob's browser")
    occupy(writer, gate, document)
    for number in range(2 * MAX_GROUP):
        writer.submit(typed(document, f"writer {number}", [[0, "x"]]))
    answer = writer.submit(typed(quiet, "Bob", [[0, "x"]]))
    gate.is_open.set()
    answer.result(SECONDS)
    assert quiet.pk in [edit.document_id for edit in gate.groups[1]]


def test_a_refused_edit_spoils_nobody_elses(writer: Writer, gate: Gate, document: Document) -> None:
    gone = Document(pk=uuid.uuid4())
    disabled = Document.objects.create(browser_id="eve's browser", is_disabled=True)
    occupy(writer, gate, document)
    misfit = writer.submit(typed(document, "Eve", [[0, "y"]], [7, [0, "z"]]))
    absent, read_only = (writer.submit(typed(each, "Eve", [[0, "y"]])) for each in (gone, disabled))
    good = writer.submit(typed(document, "Ada", [[0, "a"]]))
    gate.is_open.set()
    assert [code(misfit), code(absent), code(read_only)] == ["invalid_changes", "absent", "read_only"]
    assert good.result(SECONDS).revision == 2
    assert authority.read(document.pk).text == "xa"


def test_an_edit_that_fails_unforeseen_fails_alone(
    writer: Writer, gate: Gate, document: Document, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bulk_create = Update.objects.bulk_create

    def fail_for_eve(rows: list[Update]) -> Any:
        if any(row.author_name == "Eve" for row in rows):
            raise RuntimeError("a bug of ours")
        return bulk_create(rows)

    monkeypatch.setattr(Update.objects, "bulk_create", fail_for_eve)
    answers = [writer.submit(typed(document, name, [[0, name]])) for name in ("first ", "Ada ", "Eve", "Bob ")]
    gate.is_open.set()
    with pytest.raises(RuntimeError):
        answers[2].result(SECONDS)
    assert [answers[index].result(SECONDS).revision for index in (0, 1, 3)] == [1, 2, 3]
    states.cache.clear()
    assert authority.read(document.pk).text == "first Ada Bob "
    assert "a bug of ours" in caplog.text


def test_an_edit_whose_socket_went_is_left_out(writer: Writer, gate: Gate, document: Document) -> None:
    occupy(writer, gate, document)
    gone, last = (writer.submit(typed(document, name, [[0, "y"]])) for name in ("Eve", "Bob"))
    gone.cancel()
    gate.is_open.set()
    assert last.result(SECONDS).revision == 2
    with pytest.raises(CancelledError):
        gone.result(SECONDS)


def test_more_than_can_wait_are_unavailable_at_once(gate: Gate, document: Document) -> None:
    writer = Writer(gate.accept_next, max_waiting=2)
    answers = [writer.submit(typed(document, "first", [[0, "x"]]))]
    wait_until(lambda: gate.groups)
    answers += [writer.submit(typed(document, name, [[0, "x"]])) for name in ("Ada", "Bob")]
    with pytest.raises(ClientError, match="wait to be saved"):
        writer.submit(typed(document, "Eve", [[0, "x"]]))
    gate.is_open.set()
    writer.close()
    assert [answer.result(SECONDS).revision for answer in answers] == [1, 2, 3]


def test_what_waits_at_the_end_is_committed(gate: Gate, document: Document) -> None:
    gate.is_open.set()
    writer = Writer(gate.accept_next)
    answers = [writer.submit(typed(document, f"writer {number}", [[0, "x"]])) for number in range(20)]
    writer.close()
    assert all(answer.done() for answer in answers)
    assert authority.read(document.pk).text == "x" * 20


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite needs it")
def test_writers_of_several_processes_take_turns(writer: Writer, gate: Gate, document: Document) -> None:
    gate.is_open.set()
    with taking_turns():
        answer = writer.submit(typed(document, "Ada", [[0, "a"]]))
        wait_until(lambda: gate.groups)
        with pytest.raises(TimeoutError):
            answer.result(0.05)
    assert answer.result(SECONDS).revision == 1

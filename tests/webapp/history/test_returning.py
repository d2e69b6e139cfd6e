"""Earlier texts come back whole, with who and what wrote them, and nothing is lost on the way."""

from __future__ import annotations

import random

import pytest

from tests.webapp.history.writing import ADA, BOB, PROVENANCE, suggest, told, write
from tests.webapp.history.writing import text_of as text
from webapp.collab import authority
from webapp.errors import ClientError
from webapp.history import past, restoring, returning
from webapp.history.provenance import is_machine_written, original
from webapp.models import Document, Update


@pytest.fixture
def story(document: Document) -> Document:
    """Ada types, a model goes on, Bob deletes what it wrote: revisions 1, 2 and 3."""
    write(document, [[0, "It was "]])
    suggest(document, [7, [0, "a dark night"]])
    write(document, [7, [12, "morning"]], BOB)
    return document


def test_any_revision_can_be_read(story: Document) -> None:
    texts = [past.state_at(story, revision).text for revision in range(4)]
    assert texts == ["", "It was ", "It was a dark night", "It was morning"]


def test_restoring_is_a_new_edit(story: Document) -> None:
    assert returning.restore(story, BOB, 2) == 4
    assert text(story) == "It was a dark night"
    restored = Update.objects.get(document=story, revision=4)
    assert (restored.origin, restored.author_name) == ("restored", "Bob")
    assert restored.changes == [7, [7, "a dark night"]]


def test_restored_text_tells_what_wrote_it_first(story: Document) -> None:
    returning.restore(story, BOB, 2)
    assert told(story) == [("It was ", "typed", "Ada"), ("a dark night", "restored", "Bob")]
    source = authority.read(story.pk).attribution.to_dict()["sources"][-1]
    assert is_machine_written(source)
    assert original(source)["provenance"] == PROVENANCE
    assert original(source)["author"]["name"] == "Ada"
    assert source["provenance"]["revision_restored"] == 2


def test_a_restoration_is_undone_by_another(story: Document) -> None:
    returning.restore(story, BOB, 2)
    story.refresh_from_db()
    returning.restore(story, ADA, 3)
    assert text(story) == "It was morning"
    assert original(authority.read(story.pk).attribution.to_dict()["sources"][-1])["author"]["name"] == "Bob"


def test_text_restored_twice_still_names_its_first_source(story: Document) -> None:
    returning.restore(story, BOB, 2)
    write(story, [7, [12]], BOB)
    returning.restore(story, ADA, 4)
    source = authority.read(story.pk).attribution.to_dict()["sources"][-1]
    assert source["provenance"]["source"]["provenance"] == PROVENANCE


def test_each_source_comes_back_as_itself(document: Document) -> None:
    write(document, [[0, "One "]])
    suggest(document, [4, [0, "two "]], request_id="r1")
    write(document, [8, [0, "three "]], BOB)
    suggest(document, [14, [0, "four"]], BOB, request_id="r2", checkpoint="tiny")
    write(document, [[18]], BOB)
    assert returning.restore(document, BOB, 4) == 9
    assert text(document) == "One two three four"
    sources = [original(source) for source in authority.read(document.pk).attribution.to_dict()["sources"]]
    described = [(each["author"]["name"], each["origin"]) for each in sources[-4:]]
    assert described == [("Ada", "typed"), ("Ada", "suggestion"), ("Bob", "typed"), ("Bob", "suggestion")]


def test_what_is_written_meanwhile_stays(story: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = returning.restoring_updates

    def while_ada_writes(*arguments: object) -> object:
        write(story, [14, [0, "!"]], ADA)
        return compare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(returning, "restoring_updates", while_ada_writes)
    returning.restore(story, BOB, 2)
    assert text(story) == "It was a dark night!"


def test_restoring_the_present_changes_nothing(story: Document) -> None:
    assert returning.restore(story, BOB, 3) == 3
    assert Update.objects.filter(document=story).count() == 3


def test_the_empty_beginning_can_be_restored(story: Document) -> None:
    returning.restore(story, BOB, 0)
    assert text(story) == ""


def test_a_new_document_goes_on_from_the_past(story: Document) -> None:
    begun = returning.continue_as_new(story, BOB, 2)
    assert (begun.title, begun.browser_id) == ("The lighthouse (continued)", BOB.browser_id)
    assert told(begun) == [("It was ", "typed", "Ada"), ("a dark night", "suggestion", "Ada")]
    assert write(begun, [19, [0, "."]], BOB) == 1
    assert text(begun) == "It was a dark night."
    assert text(story) == "It was morning"


@pytest.mark.parametrize("revision", [-1, 4, 10**12])
def test_a_revision_that_never_was_is_refused(story: Document, revision: int) -> None:
    for way in (returning.restore, returning.continue_as_new):
        with pytest.raises(ClientError) as refusal:
            way(story, ADA, revision)
        assert refusal.value.code == "revision_unknown"
    assert Document.objects.count() == 1


def test_text_of_too_many_sources_comes_back_without_saying_whose(
    document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "MAX_SOURCES", 2)
    for number in range(4):
        suggest(document, [number, [0, str(number)]] if number else [[0, "0"]], request_id=f"r{number}")
    write(document, [[4]])
    assert returning.restore(document, BOB, 4) == 8
    sources = authority.read(document.pk).attribution.to_dict()["sources"]
    assert [is_machine_written(source) for source in sources[-3:]] == [True, True, False]
    assert text(document) == "0123"


@pytest.mark.parametrize("seed", range(15))
def test_every_revision_of_a_wild_document_can_be_restored(document: Document, seed: int) -> None:
    generator = random.Random(seed)
    words = ["the ", "sea ", "😀 ", "was\n", "a", "b ", "é"]
    length = 0
    for number in range(40):
        start = generator.randrange(length + 1) if length else 0
        # Whole characters only: this text is cut nowhere but at its ends or all of it.
        start = 0 if generator.random() < 0.3 else length if generator.random() < 0.7 else start
        end = length if generator.random() < 0.1 else start
        state = authority.read(document.pk)
        try:
            state.text.encode("utf-16-le")[2 * start :].decode("utf-16-le")
        except UnicodeDecodeError:
            continue
        inserted = "".join(generator.choice(words) for _ in range(generator.randrange(1, 6))).split("\n")
        changes = [part for part in (start, [end - start, *inserted], length - end) if part != 0]
        author = generator.choice([ADA, BOB])
        if generator.random() < 0.4:
            suggest(document, changes, author, request_id=f"r{number}")
        else:
            write(document, changes, author)
        length = authority.read(document.pk).attribution.length
    last = document.revision
    for revision in generator.sample(range(last + 1), 8):
        expected = past.state_at(document, revision)
        returning.restore(document, BOB, revision)
        document.refresh_from_db()
        restored = authority.read(document.pk)
        assert restored.text == expected.text
        assert origins(restored.attribution.to_dict()) == origins(expected.attribution.to_dict())


def origins(attribution: dict[str, list[dict[str, object]]]) -> list[str]:
    """Unit by unit, whether a machine wrote it, and who was there."""
    units = []
    for length, index in attribution["runs"]:  # type: ignore[misc]
        first = original(attribution["sources"][index])
        units += [f"{first['origin']} {first['author']['name']}"] * length
    return units

"""What stood somewhere in a document earlier is found again, with who wrote each stretch of it."""

from __future__ import annotations

import random

import pytest
from django.utils import timezone

from tests.webapp.history.writing import ADA, BOB, suggest, write
from webapp.collab import authority, earlier_text, states, utf16
from webapp.collab.changes import ChangeSet
from webapp.collab.earlier_text import EarlierText, Found, NotThere, Place
from webapp.collab.folding import fold
from webapp.models import Document, Snapshot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story(document: Document) -> Document:
    """ "Once upon a time." of which a machine wrote " upon a time", and then nothing."""
    write(document, [[0, "Once."]])
    suggest(document, [4, [0, " upon a time"], 1])
    write(document, [[17]], BOB)
    return document


def found_at(document: Document, revision: int, position: int, length: int) -> Found:
    [found] = EarlierText(document.pk).at([Place(revision, position, length)])
    return found


def told(found: Found) -> list[tuple[int, str, str]]:
    return [(piece.length, piece.source.origin, piece.source.author.name) for piece in found.pieces]


def test_deleted_text_is_found_where_it_stood(story: Document) -> None:
    found = found_at(story, 2, 2, 10)
    assert found.text == "ce upon a "
    assert told(found) == [(2, "typed", "Ada"), (8, "suggestion", "Ada")]


def test_several_places_are_found_on_one_way_back(story: Document) -> None:
    places = [Place(2, 16, 1), Place(1, 0, 5), Place(2, 5, 4)]
    assert [found.text for found in EarlierText(story.pk).at(places)] == [".", "Once.", "upon"]


def test_the_newest_text_is_found_without_a_look_back(story: Document) -> None:
    write(story, [[0, "New 👩‍🚀"]], BOB)
    authority.read(story.pk)
    assert told(found_at(story, 4, 4, utf16.length("👩‍🚀"))) == [(5, "typed", "Bob")]


def test_what_one_update_inserted_is_found_by_its_number(story: Document) -> None:
    found = EarlierText(story.pk).inserted_by("Ada's tab", 1).cut(1, 4)
    assert (found.text, told(found)) == ("upon", [(4, "suggestion", "Ada")])


@pytest.mark.parametrize(
    "place", [Place(2, 15, 3), Place(9, 0, 1), Place(0, 0, 1), Place(3, 0, 1)], ids=["long", "future", "empty", "gone"]
)
def test_what_never_stood_there_is_not_found(story: Document, place: Place) -> None:
    with pytest.raises(NotThere):
        EarlierText(story.pk).at([place])


def test_an_update_that_never_came_is_not_found(story: Document) -> None:
    with pytest.raises(NotThere):
        EarlierText(story.pk).inserted_by("Ada's tab", 2)


def test_what_was_folded_is_not_found(story: Document, monkeypatch: pytest.MonkeyPatch) -> None:
    state = authority.read(story.pk)
    attribution = state.attribution.to_dict()
    Snapshot.objects.create(document=story, revision=3, text=state.text, attribution=attribution)
    assert fold(story.pk, timezone.now()) == 1
    with pytest.raises(NotThere):
        found_at(story, 2, 2, 10)


def test_a_question_that_would_take_too_long_is_not_answered(story: Document) -> None:
    with pytest.raises(NotThere):
        EarlierText(story.pk, steps_left=4).at([Place(2, 0, 4)])


@pytest.mark.parametrize("seed", range(6))
def test_any_place_at_any_revision_is_what_the_replay_says(
    document: Document, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.collab.acceptance.SNAPSHOT_EVERY", 16)
    generator = random.Random(seed)
    for _ in range(60):
        length = utf16.length(authority.read(document.pk).text)
        start = generator.randint(0, length)
        end = min(length, start + generator.choice([0, 0, 2, 5]))
        changes = ChangeSet.replacing(start, end, "abcdefgh"[: generator.randrange(9)], length)
        (suggest if generator.random() < 0.4 else write)(document, changes.to_json(), generator.choice([ADA, BOB]))
    places, expected = [], []
    for _ in range(40):
        revision = generator.randint(1, 60)
        states.cache.clear()
        state = states.load(document.pk, revision)
        if not state.text:
            continue
        start = generator.randrange(len(state.text))
        length = generator.randint(1, len(state.text) - start)
        places.append(Place(revision, start, length))
        expected.append(state.text[start : start + length])
        assert letters(found_at(document, revision, start, length)) == letters_of(state, start, length)
    assert [found.text for found in EarlierText(document.pk).at(places)] == expected


def letters(found: Found) -> str:
    return "".join((piece.source.origin[0] + piece.source.author.name[0]) * piece.length for piece in found.pieces)


def letters_of(state: states.DocumentState, start: int, length: int) -> str:
    whole = tuple(
        earlier_text.Piece(run.length, state.attribution.sources[run.source]) for run in state.attribution.runs
    )
    return letters(Found(state.text, whole).cut(start, length))

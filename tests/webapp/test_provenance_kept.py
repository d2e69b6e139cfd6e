"""Whatever is made of a document, who and what wrote each word goes with it, also through copies and restorations."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.history.writing import BOB, suggest, write
from webapp.collab import authority, states
from webapp.collab.attribution import Attribution, Byline, Source
from webapp.collab.folding import fold
from webapp.collab.rows import provenance_of_copy
from webapp.exports import EXPORTS
from webapp.history import returning
from webapp.history.provenance import original
from webapp.marked_text import machine_share
from webapp.models import Document, Publication, ShareLink, Snapshot, Update

# By letter: Ada's, the machine's (accepted by Ada), Bob's.
SPELLED = "aaaaaaammmmmbbbbmmmm"


@pytest.fixture
def story(document: Document) -> Document:
    """Bob deleted a machine's word and restored it, and pasted a part of it behind words of his own."""
    write(document, [[0, "It was "]])
    suggest(document, [7, [0, "late."]])
    write(document, [7, [5]], BOB)
    returning.restore(document, BOB, 2)
    write(document, [12, [0, " So "]], BOB)
    source = Update.objects.get(document=document, revision=2)
    taken = Source(Byline("Ada", 1), "suggestion", source.provenance, source.created_at.isoformat(), 5)
    write(document, [16, [0, "late"]], BOB, "pasted", provenance_of_copy([(4, taken)]))
    return document


def spelled(attribution: Attribution) -> str:
    """Who wrote each unit first."""
    letters = []
    for run in attribution.runs:
        first = original(attribution.sources[run.source].to_dict())
        letter = "m" if first["origin"] == "suggestion" else first["author"]["name"][0].lower()
        letters.append(letter * run.length)
    return "".join(letters)


def test_the_document_itself(story: Document) -> None:
    assert spelled(authority.read(story.pk).attribution) == SPELLED


def test_what_is_read_from_the_rows_alone(story: Document) -> None:
    states.cache.clear()
    assert spelled(authority.read(story.pk).attribution) == SPELLED


def test_a_duplicate(alice: Client, story: Document) -> None:
    alice.post(f"/documents/{story.pk}/duplicate/")
    copy = Document.objects.exclude(pk=story.pk).get()
    assert spelled(authority.read(copy.pk).attribution) == SPELLED


def test_what_goes_on_as_a_new_document(story: Document) -> None:
    begun = returning.continue_as_new(story, BOB, 6)
    assert spelled(authority.read(begun.pk).attribution) == SPELLED


def test_what_is_restored(story: Document) -> None:
    write(story, [[20]], BOB)
    assert returning.restore(story, BOB, 6) > 7
    assert spelled(authority.read(story.pk).attribution) == SPELLED


def test_what_is_folded(story: Document) -> None:
    state = authority.read(story.pk)
    Snapshot.objects.create(document=story, revision=6, text=state.text, attribution=state.attribution.to_dict())
    assert fold(story.pk, timezone.now() + timedelta(days=1)) > 0
    states.cache.clear()
    assert spelled(authority.read(story.pk).attribution) == SPELLED


def test_a_publication_and_what_readers_make_of_it(alice: Client, charlie: Client, story: Document) -> None:
    alice.post(f"/documents/{story.pk}/publications/")
    published = Publication.objects.get()
    assert spelled(Attribution.from_dict(published.attribution)) == SPELLED
    charlie.post(f"/p/{published.slug}/write-on/")
    copy = Document.objects.exclude(pk=story.pk).get()
    assert spelled(authority.read(copy.pk).attribution) == SPELLED


def test_an_export_with_all_that_is_known(story: Document) -> None:
    told = json.loads(EXPORTS["json"][1](story, authority.read(story.pk)))
    assert spelled(Attribution.from_dict(told["attribution"])) == SPELLED
    assert told["updates"][-1]["provenance"]["copied"]["runs"] == [[4, 0]]


def test_every_page_tells_the_same_share(
    alice: Client, bob: Client, charlie: Client, story: Document, view_link: ShareLink
) -> None:
    state = authority.read(story.pk)
    share = f"Language models wrote {machine_share(state.attribution.to_dict())} % of this text"
    assert share == "Language models wrote 45 % of this text"
    assert share in EXPORTS["html"][1](story, state)
    alice.post(f"/documents/{story.pk}/publications/")
    assert share in charlie.get(f"/p/{Publication.objects.get().slug}").content.decode()
    assert share in bob.get(f"/shares/{view_link.pk}/").content.decode()


def test_readers_see_what_machines_wrote(bob: Client, story: Document, view_link: ShareLink) -> None:
    page = bob.get(f"/shares/{view_link.pk}/").content.decode()
    assert page.count('<mark class="machine-text" title="gpt2">') == 2
    assert '<mark class="machine-text" title="gpt2">late</mark>' in page

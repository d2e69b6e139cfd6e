"""Fixed copies: published and withdrawn by the owner, read by everybody, told how much of them machines wrote."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webapp.writing import suggest, write
from webapp.collab import authority
from webapp.models import Document, Publication, ShareLink


def publish(client: Client, document: Document) -> Any:
    return client.post(f"/documents/{document.pk}/publications/")


def withdraw(client: Client, publication: Publication) -> Any:
    return client.post(f"/documents/{publication.document_id}/publications/{publication.slug}/withdraw/")


@pytest.fixture
def story(document: Document) -> Document:
    write(document, "It was late, ")
    suggest(document, "and <nobody> came.")
    return document


@pytest.fixture
def published(alice: Client, story: Document) -> Publication:
    publish(alice, story)
    return Publication.objects.get()


def test_everybody_reads_what_was_published(alice: Client, charlie: Client, story: Document) -> None:
    made = publish(alice, story)
    assert made.status_code == 201
    path = made.json()["url"].removeprefix("http://testserver")
    assert len(path) == len("/p/") + 10
    response = charlie.get(path)
    page = response.content.decode()
    assert "<h1>The lighthouse</h1>" in page
    assert ">and &lt;nobody&gt; came.</mark></p>" in page
    assert "Language models wrote 58 % of this text" in page
    assert str(story.pk) not in page
    assert story.pk.hex not in page
    assert response["X-Robots-Tag"] == "noindex"


def test_it_stays_as_it_was(alice: Client, charlie: Client, story: Document, published: Publication) -> None:
    write(story, " And then?")
    alice.post(f"/documents/{story.pk}/rename/", {"title": "Another name"})
    page = charlie.get(f"/p/{published.slug}").content.decode()
    assert "And then?" not in page
    assert "The lighthouse" in page


def test_what_people_wrote_alone_says_so(alice: Client, charlie: Client, document: Document) -> None:
    write(document, "All mine.")
    page = charlie.get(publish(alice, document).json()["url"]).content.decode()
    assert "Every word was written by people." in page


def test_an_empty_text_can_be_published_too(alice: Client, charlie: Client, document: Document) -> None:
    assert "Nothing is written here." in charlie.get(publish(alice, document).json()["url"]).content.decode()


def test_the_owner_lists_and_withdraws(alice: Client, charlie: Client, published: Publication) -> None:
    path = f"/documents/{published.document_id}/publications/"
    [listed] = alice.get(path).json()["publications"]
    assert listed["slug"] == published.slug
    assert withdraw(alice, published).status_code == 204
    assert alice.get(path).json() == {"publications": []}
    assert charlie.get(f"/p/{published.slug}").status_code == 404
    assert withdraw(alice, published).status_code == 204


def test_a_reader_writes_on_with_a_copy_of_their_own(charlie: Client, published: Publication) -> None:
    response = charlie.post(f"/p/{published.slug}/write-on/")
    copy = Document.objects.get(browser_id=charlie.session["browser_id"])
    assert (response.status_code, response["Location"]) == (303, f"/documents/{copy.pk}/")
    state = authority.read(copy.pk)
    assert state.text == published.text
    assert [source.origin for source in state.attribution.sources] == ["typed", "suggestion"]


@pytest.mark.parametrize("role", ["write", "view", None])
def test_nobody_else_publishes_or_withdraws(bob: Client, published: Publication, role: str | None) -> None:
    if role:
        link, _ = ShareLink.make(published.document, role)
        session = bob.session
        session["shares"] = [str(link.pk)]
        session.save()
    assert publish(bob, published.document).status_code == 404
    assert bob.get(f"/documents/{published.document_id}/publications/").status_code == 404
    assert withdraw(bob, published).status_code == 404
    assert Publication.objects.count() == 1


def test_another_documents_copy_cannot_be_withdrawn(bob: Client, published: Publication) -> None:
    theirs = Document.objects.create(browser_id=bob.session["browser_id"])
    bob.post(f"/documents/{theirs.pk}/publications/{published.slug}/withdraw/")
    assert Publication.objects.exists()


def test_a_disabled_documents_copy_is_closed(charlie: Client, published: Publication) -> None:
    Document.objects.update(is_disabled=True)
    assert charlie.get(f"/p/{published.slug}").status_code == 404
    assert charlie.post(f"/p/{published.slug}/write-on/").status_code == 404


@pytest.mark.parametrize("path", ["/p/", "/p/nothing", "/p/%00", "/p/" + "x" * 3000])
def test_strange_addresses_are_404(charlie: Client, path: str) -> None:
    assert charlie.get(path).status_code == 404


def test_an_admin_may_take_a_copy_down(admin_client: Client, published: Publication) -> None:
    path = f"/admin/webapp/publication/{published.slug}/"
    assert "The lighthouse" in admin_client.get("/admin/webapp/publication/").content.decode()
    assert admin_client.get(f"{path}change/").status_code == 200
    assert admin_client.post(f"{path}delete/", {"post": "yes"}).status_code == 302
    assert not Publication.objects.exists()

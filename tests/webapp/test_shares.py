"""Share links from the other side: followed once, gone from the address bar; who may write, who may only read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.webapp.conftest import follow
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from tests.webapp.writing import write
from webapp.models import Document, ShareLink
from webapp.views import secret_links
from webapp.views.shares import MAX_GRANTS

__all__ = ["fake", "tab"]


@pytest.fixture(autouse=True)
def _nobody_guessed_before() -> Iterator[None]:
    yield
    secret_links.guesses.clear()


def url_of(document: Document, role: str = "write", **fields: Any) -> str:
    _, token = ShareLink.make(document, role, **fields)
    return f"/s/{token}"


def test_a_link_leads_to_its_document(bob: Client, document: Document) -> None:
    followed = bob.get(url_of(document))
    link = ShareLink.objects.get()
    assert (followed.status_code, followed["Location"]) == (303, f"/shares/{link.pk}/")
    assert bob.get(followed["Location"]).status_code == 200


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_following_leaves_no_trace_of_the_token(bob: Client, document: Document, token: str) -> None:
    url = url_of(document)
    response = bob.get(url if token == "right" else "/s/" + "x" * 43)
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(1)}, {"document__is_disabled": True}],
)
def test_links_that_are_over_look_like_links_that_never_were(
    bob: Client, document: Document, change: dict[str, Any]
) -> None:
    url = url_of(document)
    if "document__is_disabled" in change:
        Document.objects.update(is_disabled=True)
    else:
        ShareLink.objects.update(**change)
    assert bob.get(url).status_code == bob.get("/s/never").status_code == 404
    assert "shares" not in bob.session


def test_following_twice_grants_once_and_the_oldest_grant_goes_first(bob: Client, document: Document) -> None:
    session = bob.session
    session["shares"] = [f"old {number}" for number in range(MAX_GRANTS)]
    session.save()
    url = url_of(document)
    bob.get(url)
    bob.get(url)
    grants = bob.session["shares"]
    assert len(grants) == MAX_GRANTS
    assert grants[0] == "old 1"
    assert grants[-1] == str(ShareLink.objects.get().pk)


@pytest.mark.parametrize("token", ["%00", "%ED%A0%80", "x" * 5000, "../admin", "🖋"])
def test_strange_tokens_are_404(bob: Client, token: str) -> None:
    assert bob.get(f"/s/{token}").status_code == 404


def test_who_guesses_is_stopped_and_who_knows_is_not(bob: Client, document: Document) -> None:
    for _ in range(secret_links.guesses.number):
        assert bob.get("/s/guess").status_code == 404
    stopped = bob.get("/s/guess")
    assert stopped.status_code == 429
    assert "ten minutes" in stopped.content.decode()
    assert bob.get("/s/guess", REMOTE_ADDR="192.0.2.1").status_code == 404
    assert bob.get(url_of(document)).status_code == 303


def test_a_reader_gets_the_words_as_paragraphs_and_no_editor(
    alice: Client, bob: Client, document: Document, view_link: ShareLink
) -> None:
    write(document, "It was late.\nVery late.\n\n<b>Nobody</b> came.")
    page = bob.get(f"/shares/{view_link.pk}/").content.decode()
    assert '<h1 id="title">The lighthouse</h1>' in page
    assert "<p>It was late.\nVery late.</p><p>&lt;b&gt;Nobody&lt;/b&gt; came.</p>" in page
    assert "editor" not in page


def test_a_reading_page_tells_neither_the_document_nor_a_way_to_write(
    bob: Client, document: Document, view_link: ShareLink
) -> None:
    response = bob.get(f"/shares/{view_link.pk}/")
    page = response.content.decode()
    assert str(document.pk) not in page
    assert document.pk.hex not in page
    assert document.browser_id not in page
    assert "/documents/" not in page
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]


def test_an_untitled_text_is_called_by_its_first_line(bob: Client, document: Document, view_link: ShareLink) -> None:
    Document.objects.update(title="")
    write(document, "\n \nThe tide turned.\nMore.")
    assert "<title>The tide turned. · Inkling</title>" in bob.get(f"/shares/{view_link.pk}/").content.decode()


@pytest.mark.parametrize("role", ["view", "write"])
def test_clearing_the_name_brings_the_first_line_back(
    alice: Client, bob: Client, document: Document, role: str
) -> None:
    link = follow(document, role, bob)
    write(document, "The tide turned.\nMore.")
    alice.post(f"/documents/{document.pk}/rename/", {"title": ""})
    assert "<title>The tide turned. · Inkling</title>" in bob.get(f"/shares/{link.pk}/").content.decode()


def test_an_empty_document_says_so(bob: Client, view_link: ShareLink) -> None:
    assert "Nothing is written here yet." in bob.get(f"/shares/{view_link.pk}/").content.decode()


def test_a_writer_gets_the_editor_without_the_owners_rights(bob: Client, write_link: ShareLink) -> None:
    page = bob.get(f"/shares/{write_link.pk}/")
    assert page.context["page"]["can_edit"]
    assert (page.context["page"]["is_owner"], page.context["page"]["links_url"]) == (False, None)
    assert 'id="share"' not in page.content.decode()


def test_a_share_page_does_not_exist_for_strangers(charlie: Client, write_link: ShareLink) -> None:
    assert charlie.get(f"/shares/{write_link.pk}/").status_code == 404


@pytest.mark.django_db(transaction=True)
async def test_a_reader_is_told_nothing_of_what_was_deleted_before(
    tab: OpenTab, alice: Client, bob: Client, document: Document, view_link: ShareLink
) -> None:
    mine, theirs = tab(alice, document), tab(bob, view_link)
    await mine.join()
    await mine.append("A secret. ")
    await theirs.open()
    await theirs.send({"type": "join", "protocol": 1, "revision": 0, "session_id": theirs.session_id})
    assert (await theirs.receive())["code"] == "revision_unknown"
    assert (await tab(bob, view_link).join(1))["document"]["revision"] == 1


@pytest.mark.django_db(transaction=True)
async def test_a_readers_caret_is_nobodys_business(tab: OpenTab, bob: Client, view_link: ShareLink) -> None:
    theirs = tab(bob, view_link)
    await theirs.join()
    await theirs.send({"type": "caret", "revision": 0, "anchor": 0, "head": 0})
    assert (await theirs.expect("error"))["code"] == "read_only"

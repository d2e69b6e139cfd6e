"""Rename, duplicate, delete: the owner's alone, by plain forms."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from pytest_django import Settings
from redis import Redis

from tests.redis_server import RedisServer
from tests.webapp.conftest import follow
from tests.webapp.socket_fixtures import OpenTab, fake, tab
from tests.webapp.writing import ADA, suggest, write
from webapp.collab import authority, states
from webapp.errors import ClientError
from webapp.models import Document, NamedVersion, Publication, SearchEntry, ShareLink, Snapshot, Update
from webapp.remembered_suggestions import Asker

__all__ = ["fake", "tab"]

ACTIONS = ["rename", "duplicate", "delete"]


def act(client: Client, document: Document, action: str, **fields: Any) -> Any:
    return client.post(f"/documents/{document.pk}/{action}/", fields)


def test_a_document_is_renamed(alice: Client, document: Document) -> None:
    response = act(alice, document, "rename", title=" A\nnew \u202ename ")
    assert (response.status_code, response["Location"]) == (303, "/documents/")
    document.refresh_from_db()
    assert document.title == "A new name"


def test_without_a_name_it_is_called_by_its_first_line_again(alice: Client, document: Document) -> None:
    write(document, "The tide turned.\nMore.")
    act(alice, document, "rename", title="  ")
    for path in ("", "history/", "delete/"):
        assert "The tide turned." in alice.get(f"/documents/{document.pk}/{path}").content.decode().split("</title>")[0]
    assert "The tide turned." in alice.get("/documents/").content.decode()
    assert 'filename="The tide turned.txt"' in alice.get(f"/documents/{document.pk}/export/txt")["Content-Disposition"]


def test_a_copy_has_the_text_and_who_wrote_it(alice: Client, document: Document) -> None:
    write(document, "It was late, ")
    suggest(document, "and nobody came. 🖋")
    response = act(alice, document, "duplicate")
    copy = Document.objects.exclude(pk=document.pk).get()
    assert (response.status_code, response["Location"]) == (303, f"/documents/{copy.pk}/")
    assert copy.title == "The lighthouse (copy)"
    original, copied = authority.read(document.pk), authority.read(copy.pk)
    assert (copied.text, copied.attribution) == (original.text, original.attribution)
    assert alice.get(response["Location"]).status_code == 200


def test_a_copy_can_be_written_on_and_leaves_the_original_alone(alice: Client, document: Document) -> None:
    write(document, "One.")
    act(alice, document, "duplicate")
    copy = Document.objects.exclude(pk=document.pk).get()
    write(copy, " Two.")
    assert authority.read(copy.pk).text == "One. Two."
    assert authority.read(document.pk).text == "One."


@pytest.mark.parametrize("role", ["view", "write"])
def test_whoever_has_a_link_can_make_a_copy_of_their_own(
    alice: Client, bob: Client, document: Document, role: str
) -> None:
    suggest(document, "and nobody came.")
    link = follow(document, role, bob)
    made = bob.post(f"/shares/{link.pk}/duplicate/")
    copy = Document.objects.exclude(pk=document.pk).get()
    assert (made.status_code, made["Location"]) == (303, f"/documents/{copy.pk}/")
    assert authority.read(copy.pk).attribution == authority.read(document.pk).attribution
    assert (bob.get(made["Location"]).status_code, alice.get(made["Location"]).status_code) == (200, 404)
    assert not Update.objects.filter(document=copy).exists()


def test_a_copy_needs_a_link_that_is_in_force(bob: Client, charlie: Client, view_link: ShareLink) -> None:
    assert charlie.post(f"/shares/{view_link.pk}/duplicate/").status_code == 404
    assert bob.get(f"/shares/{view_link.pk}/duplicate/").status_code == 405
    ShareLink.objects.revoke()
    assert bob.post(f"/shares/{view_link.pk}/duplicate/").status_code == 404
    assert Document.objects.count() == 1


def test_the_pages_of_a_link_offer_the_copy(bob: Client, document: Document) -> None:
    for role in ("view", "write"):
        link = follow(document, role, bob)
        page = bob.get(f"/shares/{link.pk}/").content.decode()
        assert f'action="/shares/{link.pk}/duplicate/"' in page
        assert str(document.pk) not in page


def test_deleting_asks_first(alice: Client, document: Document) -> None:
    ShareLink.make(document, "view")
    page = alice.get(f"/documents/{document.pk}/delete/").content.decode()
    assert "Delete “The lighthouse”?" in page
    assert "1 share link" in page
    assert Document.objects.exists()


def test_deleting_leaves_nothing_of_it(alice: Client, document: Document) -> None:
    write(document, "It was late.")
    ShareLink.make(document, "view")
    Publication.objects.create(document=document, title="T", byline="A", attribution={})
    Snapshot.objects.create(document=document, revision=1, text="It was late.", attribution={})
    NamedVersion.objects.create(document=document, revision=1, name="first", author_name="Ada", author_color=1)
    alice.get("/documents/")
    other = Document.objects.create(browser_id="another")
    write(other, "Still here.")
    assert act(alice, document, "delete").status_code == 303
    assert states.cache.get(document.pk) is None
    for model in (Update, ShareLink, Publication, Snapshot, NamedVersion, SearchEntry):
        assert not model.objects.filter(document_id=document.pk).exists()  # type: ignore[attr-defined]
    assert authority.read(other.pk).text == "Still here."
    assert alice.get(f"/documents/{document.pk}/").status_code == 404


def test_redis_forgets_the_suggestions_of_a_deleted_document(
    alice: Client, document: Document, redis_server: RedisServer, settings: Settings
) -> None:
    settings.REDIS_URL = redis_server.url
    suggest(document, "and nobody came.")
    own, other = (Asker(pk, ADA.browser_id, "tab").key("r1") for pk in (document.pk, uuid.uuid4()))
    with Redis.from_url(redis_server.url) as redis:
        redis.set(own, "{}")
        redis.set(other, "{}")
        act(alice, document, "delete")
        assert (redis.exists(own), redis.exists(other)) == (0, 1)


@pytest.mark.django_db(transaction=True)
async def test_open_tabs_are_told_that_it_is_gone(
    tab: OpenTab, alice: Client, bob: Client, document: Document, write_link: ShareLink
) -> None:
    mine, theirs = tab(alice, document), tab(bob, write_link)
    await mine.join()
    await theirs.join()
    await sync_to_async(act)(alice, document, "delete")
    assert [await mine.close_code(), await theirs.close_code()] == [4404, 4404]


@pytest.mark.django_db(transaction=True)
async def test_open_tabs_are_told_of_a_new_name(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await sync_to_async(act)(alice, document, "rename", title="Another name")
    assert (await mine.expect("renamed"))["title"] == "Another name"


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ["write", "view", None])
def test_nobody_else_may(bob: Client, document: Document, action: str, role: str | None) -> None:
    if role:
        link, _ = ShareLink.make(document, role)
        session = bob.session
        session["shares"] = [str(link.pk)]
        session.save()
    assert act(bob, document, action, title="Mine").status_code == 404
    assert bob.get(f"/documents/{document.pk}/delete/").status_code == 404
    assert Document.objects.get().title == "The lighthouse"


@pytest.mark.parametrize("action", ACTIONS)
def test_no_other_site_may_and_what_is_not_there_is_404(alice: Client, document: Document, action: str) -> None:
    assert alice.post(f"/documents/{uuid.uuid4()}/{action}/").status_code == 404
    client = Client(enforce_csrf_checks=True)
    client.cookies = alice.cookies
    assert act(client, document, action).status_code == 403
    assert Document.objects.count() == 1


@pytest.mark.parametrize("action", ["rename", "duplicate"])
def test_following_an_address_changes_nothing(alice: Client, document: Document, action: str) -> None:
    assert alice.get(f"/documents/{document.pk}/{action}/").status_code == 405


def test_a_database_that_does_not_answer_is_told_and_nothing_happens(
    alice: Client, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(*_: object) -> str:
        raise ClientError("unavailable", "The database does not answer.")

    monkeypatch.setattr(authority, "rename", rename)
    assert act(alice, document, "rename", title="Mine").status_code == 503

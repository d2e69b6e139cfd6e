"""An owner's share links: made, listed, taken back; by nobody else."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from webapp.models import Document, ShareLink


def make(client: Client, document: Document, role: object = "write", **fields: object) -> Any:
    body = json.dumps({"role": role, **fields})
    return client.post(f"/documents/{document.pk}/links/", body, content_type="application/json")


def list_links(client: Client, document: Document) -> Any:
    return client.get(f"/documents/{document.pk}/links/")


def revoke(client: Client, link: ShareLink) -> Any:
    return client.post(f"/documents/{link.document_id}/links/{link.pk}/revoke/")


def test_the_owner_makes_a_link_and_finds_it_in_the_list(alice: Client, document: Document) -> None:
    made = make(alice, document, "view", label=" for\nBob ", days=7)
    assert made.status_code == 201
    link = ShareLink.objects.get()
    answer = made.json()
    assert (answer["id"], answer["role"], answer["label"]) == (str(link.pk), "view", "for Bob")
    assert link.expires_at is not None
    assert timedelta(days=7) - (link.expires_at - timezone.now()) < timedelta(minutes=1)
    del answer["url"]
    assert list_links(alice, document).json() == {"links": [answer]}


def test_a_link_lasts_until_it_is_taken_back_unless_it_says_otherwise(alice: Client, document: Document) -> None:
    assert make(alice, document).json()["expires_at"] is None
    assert make(alice, document, days=None).json()["expires_at"] is None


def test_the_list_says_when_a_link_was_used_last(alice: Client, bob: Client, document: Document) -> None:
    url = make(alice, document).json()["url"]
    assert list_links(alice, document).json()["links"][0]["last_used_at"] is None
    bob.get(url)
    assert list_links(alice, document).json()["links"][0]["last_used_at"] is not None


def test_the_token_is_kept_nowhere_and_told_once(alice: Client, document: Document) -> None:
    token = make(alice, document).json()["url"].rsplit("/", 1)[1]
    assert token not in str(ShareLink.objects.values().get())
    assert token not in list_links(alice, document).content.decode()


def test_a_link_taken_back_is_listed_no_more_and_opens_nothing(
    alice: Client, bob: Client, document: Document, write_link: ShareLink
) -> None:
    assert revoke(alice, write_link).status_code == 204
    assert list_links(alice, document).json() == {"links": []}
    assert bob.get(f"/shares/{write_link.pk}/").status_code == 404
    assert revoke(alice, write_link).status_code == 204


def test_a_link_that_ran_out_is_listed_no_more(alice: Client, document: Document, write_link: ShareLink) -> None:
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert list_links(alice, document).json() == {"links": []}


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_writers_and_strangers_neither_make_nor_list_nor_revoke(
    who: str, request: pytest.FixtureRequest, document: Document, write_link: ShareLink
) -> None:
    client = request.getfixturevalue(who)
    assert make(client, document).status_code == 404
    assert list_links(client, document).status_code == 404
    assert revoke(client, write_link).status_code == 404
    assert ShareLink.objects.usable().count() == 1


def test_a_reader_makes_no_link_either(bob: Client, document: Document, view_link: ShareLink) -> None:
    assert make(bob, document).status_code == 404
    assert revoke(bob, view_link).status_code == 404


def test_another_documents_link_cannot_be_taken_back(alice: Client, bob: Client, document: Document) -> None:
    theirs, _ = ShareLink.make(Document.objects.create(browser_id=bob.session["browser_id"]), "view")
    for share_id in (theirs.pk, uuid.uuid4()):
        assert alice.post(f"/documents/{document.pk}/links/{share_id}/revoke/").status_code == 404
    assert ShareLink.objects.usable().count() == 1


@pytest.mark.parametrize("role", ["owner", "", None, 1, ["write"], "WRITE"])
def test_a_role_is_view_or_write(alice: Client, document: Document, role: object) -> None:
    response = make(alice, document, role)
    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"role is {role!r}, expected 'view' or 'write'"


@pytest.mark.parametrize("days", [0, 2, -1, "7", True, [1], 1e999])
def test_a_link_lasts_for_one_of_a_few_times(alice: Client, document: Document, days: object) -> None:
    response = make(alice, document, days=days)
    assert response.status_code == 400
    assert response.json()["error"]["message"].endswith("expected null, 1, 7 or 30")


@pytest.mark.parametrize("label", [None, 1, "x" * 101])
def test_a_label_is_a_short_text(alice: Client, document: Document, label: object) -> None:
    assert make(alice, document, label=label).status_code == 400


@pytest.mark.parametrize("label", ["\0", "\ud800", "\u202eevil"])
def test_a_label_holds_nothing_that_deceives(alice: Client, document: Document, label: str) -> None:
    assert make(alice, document, label=label).json()["label"] == label[1:].strip()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"write"', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(alice: Client, document: Document, body: bytes) -> None:
    path = f"/documents/{document.pk}/links/"
    assert alice.post(path, body, content_type="application/json").status_code == 400


def test_another_site_can_neither_make_a_link_nor_take_one_back(
    alice: Client, document: Document, write_link: ShareLink
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = alice.cookies
    assert make(client, document).status_code == 403
    assert revoke(client, write_link).status_code == 403
    assert ShareLink.objects.usable().count() == 1

"""Share links: made by the owner, followed once, gone from the address bar."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from webapp.models import Document, ShareLink
from webapp.views.links import MAX_GRANTS


def make(client: Client, document: Document, role: object = "write") -> Any:
    body = json.dumps({"role": role})
    return client.post(f"/documents/{document.pk}/links/", body, content_type="application/json")


def test_the_owner_makes_a_link_and_bob_follows_it(alice: Client, bob: Client, document: Document) -> None:
    made = make(alice, document)
    assert made.status_code == 201
    link = ShareLink.objects.get()
    assert (made.json()["id"], made.json()["role"]) == (str(link.pk), "write")

    followed = bob.get(made.json()["url"])
    assert (followed.status_code, followed["Location"]) == (303, f"/shares/{link.pk}/")
    assert bob.get(followed["Location"]).status_code == 200


def test_the_token_is_kept_nowhere(alice: Client, document: Document) -> None:
    token = make(alice, document).json()["url"].rsplit("/", 1)[1]
    assert token not in str(ShareLink.objects.values().get())


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_following_leaves_no_trace_of_the_token(alice: Client, bob: Client, document: Document, token: str) -> None:
    url = make(alice, document).json()["url"]
    response = bob.get(url if token == "right" else "/s/" + "x" * 43)
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize(
    "change",
    [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(1)}, {"document__is_disabled": True}],
)
def test_links_that_are_over_look_like_links_that_never_were(
    alice: Client, bob: Client, document: Document, change: dict[str, Any]
) -> None:
    url = make(alice, document).json()["url"]
    if "document__is_disabled" in change:
        Document.objects.update(is_disabled=True)
    else:
        ShareLink.objects.update(**change)
    assert bob.get(url).status_code == bob.get("/s/never").status_code == 404
    assert "shares" not in bob.session


@pytest.mark.parametrize("role", ["owner", "", None, 1, ["write"], "WRITE"])
def test_a_role_is_view_or_write(alice: Client, document: Document, role: object) -> None:
    response = make(alice, document, role)
    assert response.status_code == 400
    assert response.json()["error"]["message"] == f"role is {role!r}, expected 'view' or 'write'"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"write"', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(alice: Client, document: Document, body: bytes) -> None:
    path = f"/documents/{document.pk}/links/"
    assert alice.post(path, body, content_type="application/json").status_code == 400


def test_a_link_cannot_be_made_from_another_site(alice: Client, document: Document) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = alice.cookies
    assert make(client, document).status_code == 403


def test_following_twice_grants_once_and_the_oldest_grant_goes_first(
    alice: Client, bob: Client, document: Document
) -> None:
    session = bob.session
    session["shares"] = [f"old {number}" for number in range(MAX_GRANTS)]
    session.save()
    url = make(alice, document).json()["url"]
    bob.get(url)
    bob.get(url)
    grants = bob.session["shares"]
    assert len(grants) == MAX_GRANTS
    assert grants[0] == "old 1"
    assert grants[-1] == str(ShareLink.objects.get().pk)


@pytest.mark.parametrize("token", ["%00", "%ED%A0%80", "x" * 5000, "../admin", "🖋"])
def test_strange_tokens_are_404(bob: Client, token: str) -> None:
    assert bob.get(f"/s/{token}").status_code == 404

"""Home, documents and the editor's page: works, who may not, bad input, edge."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import User
from django.test import Client

from webapp.models import Checkpoint, Document, ShareLink

FACTS = re.compile(r'<script[^>]*id="inkling-page"[^>]*>(.*?)</script>', re.DOTALL)


def facts_of(response: Any) -> dict[str, Any]:
    """What the editor's page hands to its scripts."""
    found = FACTS.search(response.content.decode())
    assert found is not None
    return dict(json.loads(found[1]))


def test_home_shows_public_checkpoints_and_ones_own_documents(
    alice: Client, document: Document, checkpoint: Checkpoint
) -> None:
    Document.objects.create(browser_id="another", title="Not hers")
    Checkpoint.objects.create(name="secret", title="Staff only", audience="staff")
    context = alice.get("/").context
    assert [shown["title"] for shown in context["documents"]] == ["The lighthouse"]
    assert [shown["name"] for shown in context["checkpoints"]] == ["novels-7m"]
    assert context["checkpoints"][0]["state"] == "unavailable"


def test_staff_see_staff_checkpoints(admin_client: Client, checkpoint: Checkpoint) -> None:
    Checkpoint.objects.create(name="secret", title="Staff only", audience="staff")
    names = [shown["name"] for shown in admin_client.get("/").context["checkpoints"]]
    assert names == ["novels-7m", "secret"]


def test_a_new_browser_is_recognised_from_then_on(db: None) -> None:
    client = Client()
    cookie = client.get("/").cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 400 * 24 * 60 * 60
    first = client.session["browser_id"]
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert "sessionid" not in client.get("/").cookies
    assert client.session["browser_id"] == first


def test_a_visit_on_another_day_keeps_the_cookie_alive(alice: Client) -> None:
    alice.get("/")
    session = alice.session
    session["seen_on"] = "2001-01-01"
    session.save()
    assert "sessionid" in alice.get("/").cookies


def test_creating_a_document_leads_to_it(alice: Client) -> None:
    response = alice.post("/documents/")
    document = Document.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/documents/{document.pk}/")
    assert document.browser_id == alice.session["browser_id"]
    assert alice.get(response["Location"]).status_code == 200


def test_a_document_made_while_signed_in_belongs_to_the_account(admin_client: Client) -> None:
    admin_client.post("/documents/")
    assert Document.objects.get().user == User.objects.get()


def test_signing_in_brings_the_browsers_documents_along(
    alice: Client, document: Document, django_user_model: Any
) -> None:
    django_user_model.objects.create_user("alice", password="a long one", is_staff=True)
    alice.post("/admin/login/", {"username": "alice", "password": "a long one"})
    document.refresh_from_db()
    assert document.user is not None
    assert alice.get(f"/documents/{document.pk}/").status_code == 200


def test_a_document_cannot_be_created_from_another_site(db: None) -> None:
    response = Client(enforce_csrf_checks=True).post("/documents/")
    assert response.status_code == 403
    assert "nothing was changed" in response.content.decode()
    assert not Document.objects.exists()


def test_following_an_address_creates_no_document(alice: Client) -> None:
    assert alice.get("/documents/").status_code == 200
    assert not Document.objects.exists()


def test_the_editor_gets_what_it_needs(alice: Client, document: Document, checkpoint: Checkpoint) -> None:
    response = alice.get(f"/documents/{document.pk}/")
    facts = facts_of(response)
    assert facts["socket_url"] == f"/ws/documents/{document.pk}/"
    assert facts["links_url"] == f"/documents/{document.pk}/links/"
    assert (facts["title"], facts["can_edit"], facts["is_owner"]) == ("The lighthouse", True, True)
    assert facts["default_params"]["num_continuations"] == 3
    assert facts["checkpoints"][0]["name"] == "novels-7m"
    assert "no-store" in response["Cache-Control"]


def test_a_title_cannot_break_out_of_the_page(alice: Client, document: Document) -> None:
    title = "</script><script>alert(1)</script>"
    Document.objects.update(title=title)
    response = alice.get(f"/documents/{document.pk}/")
    assert facts_of(response)["title"] == title
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("person", ["bob", "charlie"])
def test_the_owners_addresses_do_not_exist_for_others(
    person: str, request: pytest.FixtureRequest, write_link: ShareLink
) -> None:
    client: Client = request.getfixturevalue(person)
    assert client.get(f"/documents/{write_link.document_id}/").status_code == 404
    response = client.post(
        f"/documents/{write_link.document_id}/links/", {"role": "write"}, content_type="application/json"
    )
    assert response.status_code == 404
    assert ShareLink.objects.count() == 1


@pytest.mark.parametrize("path", ["/documents/1/", "/shares/x/", f"/documents/{uuid.uuid4()}/", "/nowhere", "/s/"])
def test_other_addresses_are_404(alice: Client, path: str) -> None:
    assert alice.get(path).status_code == 404


def test_a_checkpoints_card_says_what_it_is(alice: Client, checkpoint: Checkpoint) -> None:
    Checkpoint.objects.update(licence="Apache-2.0", content_warning="It repeats prejudices.")
    response = alice.get("/checkpoints/novels-7m/")
    assert response.context["checkpoint"]["licence"] == "Apache-2.0"
    assert "It repeats prejudices." in response.content.decode()


def test_cards_of_hidden_checkpoints_are_404(alice: Client, checkpoint: Checkpoint) -> None:
    Checkpoint.objects.create(name="secret", title="Staff only", audience="staff")
    Checkpoint.objects.create(name="off", title="Disabled", is_enabled=False)
    for name in ("secret", "off", "nothing"):
        assert alice.get(f"/checkpoints/{name}/").status_code == 404


def test_an_error_of_ours_is_told_without_a_traceback(alice: Client) -> None:
    alice.raise_request_exception = False
    with patch("webapp.views.home.visible_checkpoints", side_effect=RuntimeError("a secret")):
        response = alice.get("/")
    assert response.status_code == 500
    assert "Something broke" in response.content.decode()
    assert "a secret" not in response.content.decode()

"""The history's addresses: what each answers, and to whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.webapp.history.writing import suggest, text_of, write
from webapp.models import Document, NamedVersion, ShareLink

READS = [
    "",
    "present/",
    "entries/",
    "entry/?revision=1",
    "text/?revision=1",
    "updates/?after=0",
    "difference/?from=0&to=1",
    "versions/",
]
ACTS = ["restore/", "continue/", "versions/"]


@pytest.fixture
def path(document: Document) -> str:
    """Of a document in which Ada typed, and took a suggestion."""
    write(document, [[0, "It was "]])
    suggest(document, [7, [0, "dark"]])
    return f"/documents/{document.pk}/history/"


def post(client: Client, address: str, body: object) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")


# Works


@pytest.mark.parametrize("what", READS)
def test_the_owner_reads_it(alice: Client, path: str, what: str) -> None:
    response = alice.get(path + what)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


def test_the_entries_come_newest_first(alice: Client, path: str) -> None:
    answer = alice.get(f"{path}entries/").json()
    assert [entry["origin"] for entry in answer["entries"]] == ["suggestion", "typed"]
    assert (answer["before"], answer["head_revision"]) == (None, 2)
    (older,) = alice.get(f"{path}entries/?before=1").json()["entries"]
    assert (older["authors"], older["num_inserted"]) == ([{"name": "Ada", "color": 1}], 7)


def test_a_text_comes_with_its_attribution(alice: Client, path: str) -> None:
    answer = alice.get(f"{path}text/?revision=2").json()
    assert (answer["text"], answer["attribution"]["runs"]) == ("It was dark", [[7, 0], [4, 1]])
    assert (answer["entry"]["origin"], answer["entry"]["first_revision"]) == ("suggestion", 2)
    assert alice.get(f"{path}text/?revision=0").json()["entry"] is None


def test_the_entry_of_a_revision_comes_alone_too(alice: Client, path: str) -> None:
    assert alice.get(f"{path}entry/?revision=2").json()["entry"] == alice.get(f"{path}text/?revision=2").json()["entry"]
    assert alice.get(f"{path}entry/?revision=0").json() == {"entry": None}
    assert alice.get(f"{path}entry/?revision=3").json()["error"]["code"] == "revision_unknown"


def test_an_open_page_hears_how_far_the_document_is(alice: Client, document: Document, path: str) -> None:
    assert alice.get(f"{path}present/").json() == {"head_revision": 2, "title": "The lighthouse"}
    alice.post(f"/documents/{document.pk}/rename/", {"title": ""})
    write(document, [11, [0, "."]])
    assert alice.get(f"{path}present/").json() == {"head_revision": 3, "title": "It was dark."}


def test_and_that_its_access_was_taken_back(bob: Client, path: str, write_link: ShareLink) -> None:
    address = f"/shares/{write_link.pk}/history/present/"
    assert bob.get(address).status_code == 200
    ShareLink.objects.revoke()
    assert bob.get(address).status_code == 404


def test_updates_can_be_played_back(alice: Client, path: str) -> None:
    (update,) = alice.get(f"{path}updates/?after=1").json()["updates"]
    assert (update["revision"], update["changes"], update["origin"]) == (2, [7, [0, "dark"]], "suggestion")


def test_two_revisions_are_compared(alice: Client, path: str) -> None:
    pieces = alice.get(f"{path}difference/?from=1&to=2").json()["pieces"]
    assert pieces == [["kept", "It was "], ["inserted", "dark"]]


def test_restoring_writes_for_everybody(alice: Client, document: Document, path: str) -> None:
    assert post(alice, f"{path}restore/", {"revision": 1}).json() == {"head_revision": 3}
    assert text_of(document) == "It was "


def test_going_on_makes_a_document_of_one_s_own(alice: Client, path: str) -> None:
    response = post(alice, f"{path}continue/", {"revision": 1})
    assert response.status_code == 201
    assert alice.get(response.json()["url"]).status_code == 200
    assert alice.get(f"{response.json()['url']}history/text/?revision=0").json()["text"] == "It was "


def test_a_version_is_named_and_forgotten(alice: Client, path: str) -> None:
    named = post(alice, f"{path}versions/", {"revision": 1, "name": "Draft"}).json()["versions"]
    assert [(each["name"], each["revision"]) for each in named] == [("Draft", 1)]
    body = json.dumps({"revision": 1})
    left = alice.delete(f"{path}versions/", body, content_type="application/json").json()
    assert left == {"versions": []}


# Who may


def test_whoever_may_write_sees_and_restores(bob: Client, document: Document, path: str, write_link: ShareLink) -> None:
    shared = f"/shares/{write_link.pk}/history/"
    assert [bob.get(shared + what).status_code for what in READS] == [200] * len(READS)
    assert post(bob, f"{shared}restore/", {"revision": 1}).status_code == 200
    assert str(document.pk) not in bob.get(shared).content.decode()


def test_what_a_friend_continues_is_the_friend_s(alice: Client, bob: Client, path: str, write_link: ShareLink) -> None:
    url = post(bob, f"/shares/{write_link.pk}/history/continue/", {"revision": 1}).json()["url"]
    assert (bob.get(url).status_code, alice.get(url).status_code) == (200, 404)


@pytest.mark.parametrize("what", READS)
def test_readers_and_strangers_find_nothing(
    bob: Client, charlie: Client, path: str, view_link: ShareLink, what: str
) -> None:
    shared = f"/shares/{view_link.pk}/history/"
    assert [bob.get(shared + what).status_code, bob.get(path + what).status_code] == [404, 404]
    assert [charlie.get(shared + what).status_code, charlie.get(path + what).status_code] == [404, 404]


@pytest.mark.parametrize("what", ACTS)
def test_readers_and_strangers_change_nothing(
    bob: Client, charlie: Client, document: Document, path: str, view_link: ShareLink, what: str
) -> None:
    for client, place in ((bob, f"/shares/{view_link.pk}/history/"), (charlie, path)):
        assert post(client, place + what, {"revision": 1, "name": "x"}).status_code == 404
    assert text_of(document) == "It was dark"
    assert (Document.objects.count(), NamedVersion.objects.count()) == (1, 0)


@pytest.mark.parametrize("what", ACTS)
def test_other_sites_act_for_nobody(alice: Client, path: str, what: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = alice.cookies
    assert post(client, path + what, {"revision": 1, "name": "x"}).status_code == 403


@pytest.mark.parametrize("what", ["restore/", "continue/"])
def test_looking_changes_nothing(alice: Client, path: str, what: str) -> None:
    assert alice.get(path + what).status_code == 405


# Bad input


@pytest.mark.parametrize("value", ["", "-1", "x", "1.5", "9" * 40, "٣", "%00", "1e3"])
@pytest.mark.parametrize(
    "what", ["text/?revision=", "entry/?revision=", "entries/?before=", "updates/?after=", "difference/?from=0&to="]
)
def test_a_revision_is_a_number(alice: Client, path: str, what: str, value: str) -> None:
    response = alice.get(path + what + value)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_field"


@pytest.mark.parametrize("what", ["text/", "updates/", "difference/?from=1"])
def test_a_revision_has_to_be_said(alice: Client, path: str, what: str) -> None:
    assert alice.get(path + what).status_code == 400


def test_a_revision_that_is_not_there_yet_is_refused(alice: Client, path: str) -> None:
    for response in (alice.get(f"{path}text/?revision=3"), post(alice, f"{path}restore/", {"revision": 3})):
        assert (response.status_code, response.json()["error"]["code"]) == (400, "revision_unknown")


@pytest.mark.parametrize("body", [None, [], "x", {}, {"revision": None}, {"revision": True}, {"revision": 1.0}])
@pytest.mark.parametrize("what", ACTS)
def test_a_body_is_an_object_with_a_revision(alice: Client, path: str, what: str, body: object) -> None:
    assert post(alice, path + what, body).status_code == 400


def test_a_disabled_document_has_no_history(alice: Client, path: str) -> None:
    Document.objects.update(is_disabled=True)
    assert alice.get(path).status_code == 404

"""The recovery link brings a browser's documents to another one; it takes none from whoever follows it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client

from tests.webapp.socket_fixtures import OpenTab, fake, tab
from webapp.models import Document, RecoveryLink, ShareLink
from webapp.views import secret_links

__all__ = ["fake", "tab"]


@pytest.fixture(autouse=True)
def _nobody_guessed_before() -> Iterator[None]:
    yield
    secret_links.guesses.clear()


def make(client: Client) -> str:
    page = client.post("/account/recovery-link/").content.decode()
    found = re.search("/recover/[A-Za-z0-9_-]{43}", page)
    assert found is not None
    return found[0]


def bring(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == "/recover/"
    assert client.post("/recover/")["Location"] == "/documents/"


def test_documents_come_to_another_browser(alice: Client, charlie: Client, document: Document) -> None:
    path = make(alice)
    followed = charlie.get(path)
    assert (followed.status_code, followed["Location"]) == (303, "/recover/")
    assert "1 page will belong to this browser" in charlie.get("/recover/").content.decode()
    assert charlie.get(f"/documents/{document.pk}/").status_code == 404
    bring(charlie, path)
    assert charlie.get(f"/documents/{document.pk}/").status_code == 200
    assert alice.get(f"/documents/{document.pk}/").status_code == 404


def test_they_come_to_the_account_that_is_signed_in(alice: Client, charlie: Client, document: Document) -> None:
    user = User.objects.create_user("charlie")
    charlie.force_login(user)
    bring(charlie, make(alice))
    assert Document.objects.get().user == user


def test_the_link_goes_on_working_for_whoever_used_it(
    alice: Client, bob: Client, charlie: Client, document: Document
) -> None:
    path = make(alice)
    bring(charlie, path)
    bring(bob, path)
    assert bob.get(f"/documents/{document.pk}/").status_code == 200


def test_a_link_that_somebody_sends_takes_nothing(alice: Client, charlie: Client, document: Document) -> None:
    bring(alice, make(charlie))
    assert alice.get(f"/documents/{document.pk}/").status_code == 200
    assert charlie.get(f"/documents/{document.pk}/").status_code == 404


def test_documents_of_accounts_stay_where_they_are(alice: Client, charlie: Client, document: Document) -> None:
    user = User.objects.create_user("alice")
    Document.objects.update(user=user)
    bring(charlie, make(alice))
    assert Document.objects.get().user == user


def test_share_links_go_on_working(alice: Client, bob: Client, charlie: Client, write_link: ShareLink) -> None:
    bring(charlie, make(alice))
    assert bob.get(f"/shares/{write_link.pk}/").status_code == 200


def test_it_is_shown_once_and_kept_nowhere(alice: Client) -> None:
    token = make(alice).rsplit("/", 1)[1]
    assert token not in alice.get("/account/").content.decode()
    assert token not in str(RecoveryLink.objects.values().get())


def test_a_new_one_makes_the_old_one_worthless(alice: Client, charlie: Client) -> None:
    old = make(alice)
    make(alice)
    assert charlie.get(old).status_code == 404


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_following_leaves_no_trace_of_the_token(alice: Client, charlie: Client, token: str) -> None:
    response = charlie.get(make(alice) if token == "right" else "/recover/" + "x" * 43)
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]


def test_who_guesses_is_stopped_and_who_knows_is_not(alice: Client, charlie: Client) -> None:
    path = make(alice)
    for _ in range(secret_links.guesses.number):
        assert charlie.get("/recover/guess").status_code == 404
    assert charlie.get("/recover/guess").status_code == 429
    assert charlie.get(path).status_code == 303


def test_nobody_recovers_without_a_link(charlie: Client, document: Document) -> None:
    assert charlie.get("/recover/").status_code == 404
    assert charlie.post("/recover/").status_code == 404


def test_in_the_same_browser_it_says_that_they_are_here(alice: Client, document: Document) -> None:
    alice.get(make(alice))
    assert "They are here already" in alice.get("/recover/").content.decode()


@pytest.mark.django_db(transaction=True)
async def test_open_tabs_of_the_old_browser_close(
    tab: OpenTab, alice: Client, charlie: Client, document: Document
) -> None:
    mine = tab(alice, document)
    await mine.join()
    await sync_to_async(lambda: bring(charlie, make(alice)))()
    assert await mine.close_code() == 4403

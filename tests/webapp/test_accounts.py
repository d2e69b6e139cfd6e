"""Accounts: optional, bring this browser's documents along, and are not guessed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from webapp import forms
from webapp.models import Document, ShareLink
from webapp.views import accounts

PASSWORD = "eleven wet herons"
NEW = {"username": "alice", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def _nobody_tried_before() -> Iterator[None]:
    yield
    for limit in (forms.wrong_passwords, forms.wrong_names, accounts.new_accounts):
        limit.clear()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


def sign_in(client: Client, name: str = "alice", password: str = PASSWORD, **fields: Any) -> Any:
    return client.post("/account/sign-in/", {"username": name, "password": password, **fields})


def test_signing_up_brings_the_browsers_documents_along(alice: Client, charlie: Client, document: Document) -> None:
    response = alice.post("/account/sign-up/", NEW)
    assert (response.status_code, response["Location"]) == (303, "/documents/")
    assert Document.objects.get().user == User.objects.get()
    assert alice.get(f"/documents/{document.pk}/").status_code == 200
    sign_in(charlie)
    assert charlie.get(f"/documents/{document.pk}/").status_code == 200


def test_signing_in_does_too_and_says_so_before(alice: Client, document: Document, user: User) -> None:
    assert "1 page will belong to the account" in alice.get("/account/sign-in/").content.decode()
    assert sign_in(alice).status_code == 303
    assert Document.objects.get().user == user


def test_documents_may_stay_with_the_browser(alice: Client, document: Document, user: User) -> None:
    sign_in(alice, leave_documents="on")
    assert Document.objects.get().user is None
    assert alice.get(f"/documents/{document.pk}/").status_code == 200


def test_signing_out_hides_the_accounts_documents_and_keeps_the_guests(
    alice: Client, document: Document, user: User, write_link: ShareLink
) -> None:
    kept = Document.objects.create(browser_id=alice.session["browser_id"], title="The guest's")
    Document.objects.filter(pk=document.pk).update(user=user)
    sign_in(alice, leave_documents="on")
    response = alice.post("/account/sign-out/")
    assert (response.status_code, response["Location"]) == (303, "/")
    assert alice.get(f"/documents/{document.pk}/").status_code == 404
    assert alice.get(f"/documents/{kept.pk}/").status_code == 200
    assert "shares" not in alice.session


def test_the_header_says_who_one_is(alice: Client, user: User) -> None:
    assert ">Account<" in alice.get("/").content.decode()
    sign_in(alice)
    assert ">alice<" in alice.get("/").content.decode()
    assert "Sign out" in alice.get("/account/").content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password2": "another"}, "match"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password1": "1234567890", "password2": "1234567890"}, "entirely numeric"),
        ({"password1": "password", "password2": "password"}, "too common"),
        ({"password1": "alice123", "password2": "alice123"}, "similar"),
        ({"username": ""}, "required"),
        ({"username": "a b"}, "valid username"),
        ({"username": "a\0b"}, "Null characters"),
        ({"username": "x" * 151}, "at most 150"),
    ],
)
def test_bad_names_and_passwords_are_refused_in_words(db: None, change: dict[str, str], words: str) -> None:
    response = Client().post("/account/sign-up/", NEW | change)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["alice", "ALICE", "Alice"])
def test_a_name_is_taken_in_any_case(user: User, name: str) -> None:
    response = Client().post("/account/sign-up/", NEW | {"username": name})
    assert "Somebody has this name already." in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(("name", "password"), [("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("a\0", "b\0")])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(user: User, name: str, password: str) -> None:
    client = Client()
    response = sign_in(client, name, password)
    assert response.status_code == 400
    assert "_auth_user_id" not in client.session
    if name and "\0" not in name:
        assert "Please enter a correct username and password" in response.content.decode()


def test_who_guesses_is_stopped_even_with_the_right_password(user: User) -> None:
    client = Client()
    for _ in range(forms.wrong_passwords.number):
        sign_in(client, password="wrong")
    stopped = sign_in(client, "ALICE")
    assert forms.TOO_MANY in stopped.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_admins_door_has_the_same_limit(user: User) -> None:
    User.objects.update(is_staff=True)
    client = Client()
    for _ in range(forms.wrong_passwords.number):
        client.post("/admin/login/", {"username": "alice", "password": "wrong"})
    response = client.post("/admin/login/", {"username": "alice", "password": PASSWORD})
    assert forms.TOO_MANY in response.content.decode()


def test_one_who_guesses_locks_nobody_elsewhere_out(user: User) -> None:
    client = Client()
    for _ in range(forms.wrong_passwords.number):
        sign_in(client, password="wrong")
    elsewhere = Client(REMOTE_ADDR="192.0.2.1")
    assert sign_in(elsewhere).status_code == 303


def test_many_accounts_from_one_place_are_too_many(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts.new_accounts, "number", 1)
    client = Client()
    accounts.new_accounts.miss("127.0.0.1")
    assert client.post("/account/sign-up/", NEW).status_code == 429
    assert not User.objects.exists()


def test_a_disabled_account_does_not_sign_in(user: User) -> None:
    User.objects.update(is_active=False)
    assert sign_in(Client()).status_code == 400


@pytest.mark.parametrize("path", ["sign-up", "sign-in", "sign-out", "recovery-link"])
def test_no_other_site_may(user: User, path: str) -> None:
    response = Client(enforce_csrf_checks=True).post(f"/account/{path}/", NEW)
    assert response.status_code == 403


@pytest.mark.parametrize("path", ["sign-out", "recovery-link"])
def test_following_an_address_does_nothing(user: User, path: str) -> None:
    assert Client().get(f"/account/{path}/").status_code == 405

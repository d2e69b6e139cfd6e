"""Changing an account, and ending it: with its password, and with an end to sign-ins elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from tests.webapp.socket_fixtures import OpenTab, fake, tab
from tests.webapp.writing import write
from webapp import forms
from webapp.collab import authority
from webapp.collab.authority import Author
from webapp.models import Document, RecoveryLink, ShareLink, Update

__all__ = ["fake", "tab"]

PASSWORD = "eleven wet herons"
OTHER = "twelve dry storks"
PAGES = ["name", "password", "e-mail", "sign-out-others", "password-link", "delete"]
ASK_PASSWORD = [page for page in PAGES if page != "name"]
FIELDS: dict[str, dict[str, str]] = {
    "name": {"username": "alba"},
    "password": {"password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER},
    "e-mail": {"password": PASSWORD, "email": "alice@example.org"},
    "sign-out-others": {"password": PASSWORD},
    "password-link": {"password": PASSWORD},
    "delete": {"password": PASSWORD, "documents": "keep"},
}
ENDS_OTHER_SIGN_INS = ["password", "sign-out-others", "delete"]


@pytest.fixture(autouse=True)
def _nobody_tried_before() -> Iterator[None]:
    yield
    forms.wrong_passwords.clear()
    forms.wrong_names.clear()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def owner(alice: Client, user: User, document: Document) -> Client:
    """Alice, signed in; the document is her account's."""
    Document.objects.update(user=user)
    alice.force_login(user)
    return alice


def act(client: Client, page: str, **fields: str) -> Any:
    return client.post(f"/account/{page}/", FIELDS[page] | fields)


def is_signed_in(client: Client) -> bool:
    return bool(client.get("/account/").context["user"].is_authenticated)


# Works


@pytest.mark.parametrize("page", PAGES)
def test_each_has_a_page_that_the_account_leads_to(owner: Client, settings: Settings, page: str) -> None:
    settings.CAN_SEND_EMAIL = True
    assert f'href="/account/{page}/"' in owner.get("/account/").content.decode()
    assert owner.get(f"/account/{page}/").status_code == 200


def test_a_new_name_is_used_to_sign_in(owner: Client, user: User) -> None:
    assert "Your name is alba now" in owner.post("/account/name/", FIELDS["name"], follow=True).content.decode()
    assert Client().login(username="alba", password=PASSWORD)
    assert is_signed_in(owner)


def test_a_name_may_change_its_case(owner: Client, user: User) -> None:
    act(owner, "name", username="ALICE")
    assert User.objects.get().username == "ALICE"


def test_a_new_password_replaces_the_old_one_and_ends_other_sign_ins(owner: Client, bob: Client, user: User) -> None:
    bob.force_login(user)
    assert act(owner, "password").status_code == 303
    assert not Client().login(username="alice", password=PASSWORD)
    assert Client().login(username="alice", password=OTHER)
    assert (is_signed_in(owner), is_signed_in(bob)) == (True, False)


def test_a_browser_that_is_signed_out_from_elsewhere_keeps_its_guests_documents(
    owner: Client, bob: Client, user: User
) -> None:
    guests = Document.objects.create(browser_id=bob.session["browser_id"])
    bob.post("/account/sign-in/", {"username": "alice", "password": PASSWORD, "leave_documents": "on"})
    act(owner, "password")
    assert not is_signed_in(bob)
    assert bob.get(f"/documents/{guests.pk}/").status_code == 200


def test_an_address_is_kept_and_forgotten(owner: Client) -> None:
    act(owner, "e-mail")
    assert User.objects.get().email == "alice@example.org"
    act(owner, "e-mail", email="")
    assert User.objects.get().email == ""


def test_everywhere_else_is_signed_out_and_the_password_stays(owner: Client, bob: Client, user: User) -> None:
    bob.force_login(user)
    act(owner, "sign-out-others")
    assert (is_signed_in(owner), is_signed_in(bob)) == (True, False)
    assert Client().login(username="alice", password=PASSWORD)


def test_a_deleted_account_leaves_its_documents_to_the_browser(owner: Client, user: User, document: Document) -> None:
    page = act(owner, "delete").content.decode()
    assert "belong to this browser now" in page
    assert not User.objects.exists()
    kept = Document.objects.get()
    assert (kept.user, kept.browser_id) == (None, owner.session["browser_id"])
    assert owner.get(f"/documents/{document.pk}/").status_code == 200
    assert not is_signed_in(owner)


def test_or_take_them_along_and_no_others(owner: Client, charlie: Client, user: User, document: Document) -> None:
    guests = Document.objects.create(browser_id=owner.session["browser_id"])
    others = Document.objects.create(browser_id=charlie.session["browser_id"])
    write(others, "Mine. ", Author("alice", 1, owner.session["browser_id"], user.pk))
    act(owner, "delete", documents="delete")
    assert set(Document.objects.all()) == {guests, others}
    assert owner.get(f"/documents/{document.pk}/").status_code == 404
    # What was written in other people's documents stays, with who wrote it.
    assert (authority.read(others.pk).text, Update.objects.get().author_name) == ("Mine. ", "alice")


def test_a_deleted_account_signs_in_nowhere(owner: Client, bob: Client, user: User) -> None:
    bob.force_login(user)
    act(owner, "delete")
    assert not is_signed_in(bob)
    assert not Client().login(username="alice", password=PASSWORD)


def test_signing_out_leaves_other_browsers_signed_in(owner: Client, bob: Client, user: User) -> None:
    bob.force_login(user)
    owner.post("/account/sign-out/")
    assert (is_signed_in(owner), is_signed_in(bob)) == (False, True)


# Open tabs


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ENDS_OTHER_SIGN_INS)
async def test_open_tabs_elsewhere_close_within_a_second(
    tab: OpenTab, owner: Client, bob: Client, user: User, document: Document, page: str
) -> None:
    await sync_to_async(bob.force_login)(user)
    theirs = tab(bob, document)
    await theirs.join()
    await sync_to_async(act)(owner, page)
    began = time.monotonic()
    assert await theirs.close_code() == 4401
    assert time.monotonic() - began < 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", ENDS_OTHER_SIGN_INS)
async def test_those_of_this_browser_come_back_by_themselves(
    tab: OpenTab, owner: Client, document: Document, page: str
) -> None:
    mine = tab(owner, document)
    await mine.join()
    await sync_to_async(act)(owner, page)
    assert await mine.close_code() == 4503
    again = tab(owner, document)
    assert (await again.join())["document"]["can_edit"]


@pytest.mark.django_db(transaction=True)
async def test_signing_out_closes_this_browsers_tabs_and_no_others(
    tab: OpenTab, owner: Client, bob: Client, charlie: Client, user: User, document: Document, write_link: ShareLink
) -> None:
    await sync_to_async(charlie.force_login)(user)
    mine, theirs, friends = tab(owner, document), tab(charlie, document), tab(bob, write_link)
    for each in (mine, theirs, friends):
        await each.join()
    await sync_to_async(owner.post)("/account/sign-out/")
    assert await mine.close_code() == 4401
    await theirs.append("Still here.")
    await friends.expect("document_edited")


@pytest.mark.django_db(transaction=True)
async def test_a_document_that_goes_with_its_account_is_gone_for_everybody(
    tab: OpenTab, owner: Client, bob: Client, write_link: ShareLink
) -> None:
    friends = tab(bob, write_link)
    await friends.join()
    await sync_to_async(act)(owner, "delete", documents="delete")
    assert await friends.close_code() == 4404


# Who may not


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_asked_to(alice: Client, user: User, page: str) -> None:
    for response in (alice.get(f"/account/{page}/"), act(alice, page)):
        assert (response.status_code, response["Location"]) == (303, "/account/sign-in/")
    assert User.objects.get().username == "alice"


@pytest.mark.parametrize("page", PAGES)
def test_no_other_site_may(owner: Client, page: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = owner.cookies
    assert act(client, page).status_code == 403
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("page", ASK_PASSWORD)
def test_without_the_password_nothing_happens(owner: Client, user: User, bob: Client, page: str) -> None:
    bob.force_login(user)
    for password in ("wrong", ""):
        assert act(owner, page, password=password).status_code == 400
    unchanged = User.objects.get()
    assert (unchanged.email, unchanged.check_password(PASSWORD)) == ("", True)
    assert (is_signed_in(bob), RecoveryLink.objects.exists()) == (True, False)


@pytest.mark.parametrize("page", ASK_PASSWORD)
def test_who_guesses_the_password_is_stopped_even_with_the_right_one(owner: Client, page: str) -> None:
    for _ in range(forms.wrong_passwords.number):
        act(owner, page, password="wrong")
    stopped = act(owner, page)
    assert stopped.status_code == 400
    assert forms.TOO_MANY in stopped.content.decode()


# Bad input


@pytest.mark.parametrize(
    ("page", "change", "words"),
    [
        ("name", {"username": "BOB"}, "Somebody has this name already."),
        ("name", {"username": "a b"}, "valid username"),
        ("name", {"username": ""}, "required"),
        ("name", {"username": "x" * 151}, "at most 150"),
        ("name", {"username": "a\0b"}, "Null characters"),
        ("password", {"new_password2": "another"}, "match"),
        ("password", {"new_password1": "short", "new_password2": "short"}, "too short"),
        ("e-mail", {"email": "nowhere"}, "valid email"),
        ("e-mail", {"email": "a@example.org\nBcc: b@example.org"}, "valid email"),
        ("delete", {"documents": "burn"}, "valid choice"),
        ("delete", {"documents": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_done(owner: Client, page: str, change: dict[str, str], words: str) -> None:
    User.objects.create_user("bob")
    response = act(owner, page, **change)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert set(User.objects.values_list("username", "email")) == {("alice", ""), ("bob", "")}


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_stored_by_caches_on_the_way(owner: Client, page: str) -> None:
    assert "no-store" in owner.get(f"/account/{page}/")["Cache-Control"]

"""A forgotten password: a link by e-mail where that can be sent, a kept recovery link, or an admin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from webapp import forms, reset_mail
from webapp.models import Document, RecoveryLink
from webapp.views import recovery, secret_links

PASSWORD = "eleven wet herons"
NEW = {"new_password1": "twelve dry storks", "new_password2": "twelve dry storks"}


@pytest.fixture(autouse=True)
def _nobody_tried_before() -> Iterator[None]:
    yield
    for limit in (forms.wrong_passwords, recovery.forgotten_requests, reset_mail.sent, secret_links.guesses):
        limit.clear()


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("alice", "Alice@example.org", PASSWORD)


@pytest.fixture
def mails(settings: Settings) -> None:
    """A server that can send e-mail."""
    settings.CAN_SEND_EMAIL = True


def forget(client: Client, who: str) -> str:
    page = client.post("/account/forgotten/", {"who": who}).content.decode()
    reset_mail.wait_until_sent()
    return page


def link_in(text: str) -> str:
    found = re.search("/recover/[A-Za-z0-9_-]{43}", text)
    assert found is not None
    return found[0]


def kept_link(client: Client) -> str:
    """The recovery link that an account makes while its password is known."""
    return link_in(client.post("/account/password-link/", {"password": PASSWORD}).content.decode())


def renew(client: Client, path: str) -> int:
    assert client.get(path)["Location"] == "/recover/"
    return client.post("/recover/", NEW).status_code


@pytest.mark.parametrize("who", ["alice", "ALICE", "alice@example.org"])
def test_a_link_comes_by_mail_and_sets_a_new_password(user: User, mails: None, charlie: Client, who: str) -> None:
    assert "a link is on its way" in forget(charlie, who)
    [sent] = mail.outbox
    assert (sent.to, "alice" in sent.body) == (["Alice@example.org"], True)
    assert renew(charlie, link_in(sent.body)) == 303
    assert charlie.get("/account/").context["user"] == user
    assert Client().login(username="alice", password=NEW["new_password1"])


def test_a_kept_link_does_too_without_any_mail(user: User, alice: Client, charlie: Client) -> None:
    alice.force_login(user)
    assert renew(charlie, kept_link(alice)) == 303
    assert charlie.get("/account/").context["user"] == user
    assert not alice.get("/account/").context["user"].is_authenticated


def test_the_browsers_documents_come_along_as_at_a_sign_in(user: User, alice: Client, charlie: Client) -> None:
    alice.force_login(user)
    path = kept_link(alice)
    Document.objects.create(browser_id=charlie.session["browser_id"])
    assert charlie.get(path).status_code == 303
    assert "1 page will belong to the account" in charlie.get("/recover/").content.decode()
    charlie.post("/recover/", NEW)
    assert Document.objects.get().user == user


def test_without_mail_the_page_says_what_is_possible(db: None, alice: Client) -> None:
    page = alice.get("/account/forgotten/").content.decode()
    for words in ("sends no e-mail", "recovery link", "whoever runs this server"):
        assert words in page
    assert 'name="who"' not in page
    assert "/account/forgotten/" in alice.get("/account/sign-in/").content.decode()


# Who may not


@pytest.mark.parametrize("who", ["nobody", "nobody@example.org", "bob", "carol"])
def test_the_answer_does_not_tell_whether_there_is_such_an_account(
    user: User, mails: None, charlie: Client, who: str
) -> None:
    User.objects.create_user("bob")
    User.objects.create_user("carol", "carol@example.org", is_active=False)
    assert forget(charlie, who) == forget(charlie, "alice")
    assert [sent.to for sent in mail.outbox] == [["Alice@example.org"]]


def test_a_link_works_once(user: User, mails: None, charlie: Client, bob: Client) -> None:
    forget(charlie, "alice")
    path = link_in(mail.outbox[0].body)
    renew(charlie, path)
    assert bob.get(path).status_code == 404
    assert charlie.get("/recover/").status_code == 404


@pytest.mark.parametrize("end", ["an hour later", "a new password", "another link", "a disabled account"])
def test_a_mailed_link_ends(user: User, mails: None, alice: Client, charlie: Client, end: str) -> None:
    forget(charlie, "alice")
    path = link_in(mail.outbox[0].body)
    assert charlie.get(path).status_code == 303
    if end == "an hour later":
        RecoveryLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "a new password":
        alice.force_login(user)
        alice.post("/account/password/", {"password": PASSWORD, **NEW})
    elif end == "another link":
        forget(charlie, "alice")
    else:
        User.objects.update(is_active=False)
    assert charlie.post("/recover/", NEW).status_code == 404
    assert charlie.get(path).status_code == 404


def test_a_kept_link_outlives_a_new_password_and_a_mailed_link(user: User, mails: None, alice: Client) -> None:
    alice.force_login(user)
    path = kept_link(alice)
    alice.post("/account/password/", {"password": PASSWORD, **NEW})
    forget(alice, "alice")
    assert Client().get(path).status_code == 303


def test_a_link_is_kept_nowhere_and_names_nobody(user: User, alice: Client) -> None:
    alice.force_login(user)
    token = kept_link(alice).rsplit("/", 1)[1]
    assert token not in str(list(RecoveryLink.objects.values()))
    assert token not in alice.get("/account/").content.decode()


def test_no_other_site_sends_mail_or_sets_a_password(user: User, mails: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/account/forgotten/", {"who": "alice"}).status_code == 403
    assert client.post("/recover/", NEW).status_code == 403
    assert mail.outbox == []


# Bad input


@pytest.mark.parametrize("who", ["", "x" * 255, "a\0b"])
def test_what_is_no_name_is_refused(user: User, mails: None, charlie: Client, who: str) -> None:
    assert charlie.post("/account/forgotten/", {"who": who}).status_code == 400


def test_a_bad_new_password_is_refused_and_the_link_still_works(user: User, alice: Client, charlie: Client) -> None:
    alice.force_login(user)
    path = kept_link(alice)
    charlie.get(path)
    for bad in ({"new_password1": "short", "new_password2": "short"}, {**NEW, "new_password2": "x"}, {}):
        assert charlie.post("/recover/", bad).status_code == 400
    assert renew(charlie, path) == 303


def test_a_mailbox_is_not_filled(user: User, mails: None, charlie: Client) -> None:
    for _ in range(5):
        forget(charlie, "alice")
    assert len(mail.outbox) == reset_mail.sent.number


def test_many_requests_from_one_place_are_too_many(user: User, mails: None, charlie: Client) -> None:
    for _ in range(recovery.forgotten_requests.number):
        recovery.forgotten_requests.miss("127.0.0.1")
    assert charlie.post("/account/forgotten/", {"who": "alice"}).status_code == 429
    assert mail.outbox == []


def test_a_mail_server_that_fails_fails_nobodys_page(
    user: User, mails: None, charlie: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "tests.webapp.failing_mail.EmailBackend"
    assert "a link is on its way" in forget(charlie, "alice")
    assert "was not sent" in caplog.text
    assert "/recover/" not in caplog.text

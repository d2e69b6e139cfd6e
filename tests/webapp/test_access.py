"""Who gets in: the owner, whoever followed a link, and nobody else."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import Client
from django.utils import timezone

from webapp import access
from webapp.errors import ClientError
from webapp.models import Document, ShareLink

NOBODY = AnonymousUser()


def test_the_owning_browser_may_do_everything(alice: Client, document: Document) -> None:
    allowed = access.for_document(alice.session, NOBODY, document.pk)
    assert (allowed.role, allowed.can_edit, allowed.is_owner) == ("owner", True, True)
    assert allowed.browser_id == alice.session["browser_id"]


def test_the_owning_account_may_do_everything_in_any_browser(charlie: Client, document: Document) -> None:
    user = User.objects.create_user("alice")
    Document.objects.filter(pk=document.pk).update(user=user)
    assert access.for_document(charlie.session, user, document.pk).is_owner


def test_a_link_gives_its_role(bob: Client, document: Document) -> None:
    for role, can_edit in (("view", False), ("write", True)):
        link, _ = ShareLink.make(document, role)
        session = bob.session
        session["shares"] = [str(link.pk)]
        allowed = access.for_share(session, link.pk)
        assert (allowed.role, allowed.can_edit, allowed.is_owner) == (role, can_edit, False)
        assert allowed.document == document


def test_a_link_holder_does_not_get_in_by_the_documents_own_address(bob: Client, write_link: ShareLink) -> None:
    assert_absent(lambda: access.for_document(bob.session, NOBODY, write_link.document_id))


def test_a_stranger_gets_in_by_neither(charlie: Client, write_link: ShareLink) -> None:
    assert_absent(lambda: access.for_document(charlie.session, NOBODY, write_link.document_id))
    assert_absent(lambda: access.for_share(charlie.session, write_link.pk))


def test_what_does_not_exist_is_refused_in_the_same_words(alice: Client, charlie: Client, document: Document) -> None:
    with pytest.raises(ClientError) as of_stranger:
        access.for_document(charlie.session, NOBODY, document.pk)
    with pytest.raises(ClientError) as of_nothing:
        access.for_document(alice.session, NOBODY, uuid.uuid4())
    assert of_stranger.value.message == of_nothing.value.message


def test_a_browser_without_an_id_owns_nothing(db: None) -> None:
    document = Document.objects.create(browser_id="")
    assert_absent(lambda: access.for_document(Client().session, NOBODY, document.pk))


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(1)}])
def test_a_link_that_is_over_lets_nobody_in(bob: Client, write_link: ShareLink, change: dict[str, Any]) -> None:
    ShareLink.objects.filter(pk=write_link.pk).update(**change)
    assert_absent(lambda: access.for_share(bob.session, write_link.pk))


def test_a_disabled_document_is_closed_to_all(alice: Client, bob: Client, write_link: ShareLink) -> None:
    Document.objects.update(is_disabled=True)
    assert_absent(lambda: access.for_document(alice.session, NOBODY, write_link.document_id))
    assert_absent(lambda: access.for_share(bob.session, write_link.pk))


def assert_absent(ask: Any) -> None:
    with pytest.raises(ClientError) as caught:
        ask()
    assert (caught.value.code, caught.value.close_code) == ("absent", 4404)

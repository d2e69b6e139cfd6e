"""A share link is as good as its token, until it is taken back."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from webapp.models import Document, ShareLink


def test_the_token_finds_the_link_and_is_kept_nowhere(document: Document) -> None:
    link, token = ShareLink.make(document, "write", label="for Bob")
    assert ShareLink.objects.with_token(token).get() == link
    [row] = ShareLink.objects.values()
    assert token not in str(row)
    assert len(token) >= 43


def test_tokens_and_addresses_differ(document: Document) -> None:
    (one, one_token), (other, other_token) = ShareLink.make(document, "view"), ShareLink.make(document, "view")
    assert one_token != other_token
    assert len({one.pk, other.pk, document.pk}) == 3


def test_a_fresh_link_is_usable(document: Document) -> None:
    link, _ = ShareLink.make(document, "view", expires_at=timezone.now() + timedelta(days=1))
    assert list(ShareLink.objects.usable()) == [link]


def test_a_link_taken_back_is_not_usable(document: Document) -> None:
    ShareLink.make(document, "view")
    assert ShareLink.objects.revoke() == 1
    assert not ShareLink.objects.usable()
    assert ShareLink.objects.revoke() == 0


def test_a_link_that_ran_out_is_not_usable(document: Document) -> None:
    ShareLink.make(document, "view", expires_at=timezone.now() - timedelta(seconds=1))
    assert not ShareLink.objects.usable()


def test_a_disabled_document_has_no_usable_link(document: Document) -> None:
    ShareLink.make(document, "view")
    Document.objects.update(is_disabled=True)
    assert not ShareLink.objects.usable()


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "ü" * 1000])
def test_a_wrong_token_finds_nothing(document: Document, token: str) -> None:
    ShareLink.make(document, "view")
    assert not ShareLink.objects.with_token(token)


def test_there_are_only_two_roles(document: Document) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ShareLink.make(document, "owner")


def test_use_is_noted_once_a_minute(document: Document) -> None:
    link, _ = ShareLink.make(document, "view")
    link.note_use()
    link.refresh_from_db()
    first = link.last_used_at
    assert first is not None
    link.note_use()
    link.refresh_from_db()
    assert link.last_used_at == first
    ShareLink.objects.update(last_used_at=first - timedelta(minutes=2))
    link.refresh_from_db()
    link.note_use()
    link.refresh_from_db()
    assert link.last_used_at is not None
    assert link.last_used_at >= first

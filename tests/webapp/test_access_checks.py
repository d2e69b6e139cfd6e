"""Open sockets whose permission ends: taken back, run out, signed out, deleted; announced or not."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.webapp.socket_fixtures import OpenTab, fake, tab
from webapp.access_checks import AccessChecks
from webapp.database import in_database
from webapp.models import Document, ShareLink

__all__ = ["fake", "tab"]

pytestmark = pytest.mark.django_db(transaction=True)


async def test_taking_a_link_back_closes_its_sockets_within_a_second(
    tab: OpenTab,
    alice: Client,
    bob: Client,
    document: Document,
    write_link: ShareLink,
) -> None:
    theirs, mine = tab(bob, write_link), tab(alice, document)
    await theirs.join()
    await mine.join()
    path = f"/documents/{document.pk}/links/{write_link.pk}/revoke/"
    assert (await sync_to_async(alice.post)(path)).status_code == 204
    began = time.monotonic()
    assert await theirs.close_code() == 4403
    assert time.monotonic() - began < 1
    await mine.append("Still mine.")


@pytest.mark.parametrize(
    "change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}]
)
async def test_what_nobody_announced_is_found_by_the_regular_check(
    tab: OpenTab,
    bob: Client,
    view_link: ShareLink,
    change: dict[str, Any],
) -> None:
    theirs = tab(bob, view_link)
    await theirs.join()
    await in_database(ShareLink.objects.update, **change)
    await AccessChecks.here().check()
    assert await theirs.close_code() == 4403


async def test_a_check_harms_nobody_who_is_allowed(tab: OpenTab, alice: Client, document: Document) -> None:
    mine = tab(alice, document)
    await mine.join()
    await AccessChecks.here().check()
    assert {frame["type"] for frame in await mine.all_frames()} <= {"presence", "offers"}


async def test_a_role_that_changed_is_told(tab: OpenTab, bob: Client, write_link: ShareLink) -> None:
    theirs = tab(bob, write_link)
    await theirs.join()
    await in_database(ShareLink.objects.update, role="view")
    await AccessChecks.here().check()
    assert (await theirs.expect("access_changed"))["role"] == "view"


async def test_tabs_of_a_deleted_document_are_told_that_it_is_gone(
    tab: OpenTab,
    alice: Client,
    bob: Client,
    document: Document,
    view_link: ShareLink,
) -> None:
    mine, theirs = tab(alice, document), tab(bob, view_link)
    await mine.join()
    await theirs.join()
    await in_database(Document.objects.all().delete)
    await AccessChecks.here().check()
    assert [await mine.close_code(), await theirs.close_code()] == [4404, 4404]


async def test_a_socket_ends_with_the_session_of_its_account(
    tab: OpenTab,
    charlie: Client,
    document: Document,
) -> None:
    user = await in_database(User.objects.create_user, "alice")
    await in_database(charlie.force_login, user)
    await in_database(Document.objects.update, user=user)
    mine = tab(charlie, document)
    await mine.join()
    await in_database(charlie.logout)
    await AccessChecks.here().check()
    assert await mine.close_code() == 4401


async def test_a_guest_whose_session_was_renewed_may_come_back(
    tab: OpenTab,
    alice: Client,
    document: Document,
) -> None:
    mine = tab(alice, document)
    await mine.join()
    await in_database(alice.session.delete)
    await AccessChecks.here().check()
    assert await mine.close_code() == 4503

"""The groups of the channel layer that consumers listen to, and the events that others send there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

# Rung by webapp.catalogue when an admin's change commits.
CHECKPOINTS = "checkpoints"


def of_document(document_id: UUID) -> str:
    return f"document.{document_id.hex}"


def of_account(account_id: int) -> str:
    return f"account.{account_id}"


def of_session(document_id: UUID, session_id: str) -> str:
    return f"session.{document_id.hex}.{session_id}"


def of_browser(browser_id: str) -> str:
    return f"browser.{browser_id}"


def announce_access_changed(document_ids: Iterable[UUID]) -> None:
    """Makes the open sockets of documents look again who may do what, once the transaction commits. Synchronous."""
    announce_on_commit(document_ids, {"type": "access.changed"})


def announce_renamed(document_id: UUID, title: str) -> None:
    """Tells the open sockets of a document its new title, once the transaction commits. Synchronous."""
    announce_on_commit([document_id], {"type": "document.renamed", "title": title})


def announce_account_changed(account_id: int, renewed: str | None = None) -> None:
    """Makes the open sockets of an account look whether they are still signed in, once the transaction commits.

    `renewed` is the key of the session that has another one now: its sockets come back by themselves.
    """
    event = {"type": "account.changed", "renewed": digest(renewed)}
    transaction.on_commit(lambda: async_to_sync(get_channel_layer().group_send)(of_account(account_id), event))


def digest(session_key: str | None) -> str:
    """What can be told to other processes of a session's key."""
    return hashlib.sha256(session_key.encode()).hexdigest() if session_key else ""


def announce_on_commit(document_ids: Iterable[UUID], event: dict[str, Any]) -> None:
    groups = [of_document(document_id) for document_id in document_ids]

    def announce() -> None:
        layer = get_channel_layer()
        for group in groups:
            async_to_sync(layer.group_send)(group, event)

    transaction.on_commit(announce)

"""Deletes a document: its rows, what Redis remembers of it, and the sight of it in open tabs. Blocks.

On SQLite nothing of its words is left in the files: freed pages are overwritten (PRAGMA secure_delete in settings.py),
and the write-ahead log is emptied. PostgreSQL reuses the space after its next VACUUM; back-ups keep what they hold.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from redis.exceptions import RedisError

from webapp import remembered_suggestions, suggestions
from webapp.collab import states
from webapp.collab.unavailable import answering_for_the_database
from webapp.groups import announce_access_changed
from webapp.models import Document

logger = logging.getLogger(__name__)

# Emptying the log waits for those who read, and writers wait for it. It is tried again with the next deletion.
MAX_WAIT_MS: Final = 500


def delete_document(document: Document) -> None:
    """Updates, snapshots, links, offers and publications go with it. Open tabs hear of it and close with 4404."""
    document_id = document.pk
    with answering_for_the_database(), transaction.atomic():
        announce_access_changed([document_id])
        Document.objects.filter(pk=document_id).delete()
    states.cache.forget(document_id)
    forget_suggestions(document_id)
    empty_log()


def forget_suggestions(document_id: UUID) -> None:
    """Best effort: without Redis they end by themselves within a day."""
    remembered_suggestions.remembered.forget(document_id)
    try:
        suggestions.forget(document_id)
        remembered_suggestions.forget_stored(document_id)
    except (RedisError, OSError) as error:
        logger.warning("suggestions of a deleted document are remembered until tomorrow: %s", error)


def empty_log() -> None:
    """SQLite's log holds the pages as they were before, until writing comes round to their place."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    try:
        with connection.cursor() as cursor:
            [usual] = cursor.execute("PRAGMA busy_timeout").fetchone()
            cursor.execute(f"PRAGMA busy_timeout={MAX_WAIT_MS}")
            [is_busy, _, _] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.execute(f"PRAGMA busy_timeout={usual}")
        if is_busy:
            logger.info("the log still holds pages of a deleted document: somebody reads")
    except DatabaseError as error:
        logger.warning("the log still holds pages of a deleted document: %s", error)

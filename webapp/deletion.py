"""Deletes a document: its rows, what Redis remembers of it, and the sight of it in open tabs. Blocks.

The continuation cache cannot be asked which of its entries come from a text: their names are hashes. They live for
five minutes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from webapp.collab import states
from webapp.collab.unavailable import answering_for_the_database
from webapp.groups import announce_access_changed
from webapp.models import Document, Update
from webapp.remembered_suggestions import Asker, remembered

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 1.0


def delete_document(document: Document) -> None:
    """Updates, snapshots, links and publications go with it. Open tabs hear of it and close with 4404."""
    askers = [Asker(*ids) for ids in _tabs_of(document)]
    with answering_for_the_database(), transaction.atomic():
        announce_access_changed([document.pk])
        Document.objects.filter(pk=document.pk).delete()
    states.cache.forget(document.pk)
    forget_suggestions(askers)


def forget_suggestions(askers: list[Asker]) -> None:
    """Best effort: without Redis they end by themselves within a day."""
    prefixes = tuple(asker.key("") for asker in askers)
    remembered.forget(prefixes)
    try:
        with _open_redis() as redis:
            for key in _keys_of(redis, askers):
                redis.delete(key)
    except (RedisError, OSError) as error:
        logger.warning("suggestions of a deleted document are remembered until tomorrow: %s", error)


def _tabs_of(document: Document) -> list[tuple[str, str]]:
    rows = Update.objects.filter(document=document).order_by()
    return list(rows.values_list("browser_id", "session_id").distinct())


def _keys_of(redis: Redis, askers: list[Asker]) -> Iterator[str]:
    """One walk over a browser's keys, however many tabs it wrote in."""
    prefixes = tuple(asker.key("") for asker in askers)
    for pattern in {Asker(asker.browser_id, "*").key("*") for asker in askers}:
        yield from (key for key in redis.scan_iter(pattern, count=1000) if key.startswith(prefixes))


def _open_redis() -> Redis:
    limits = {"socket_timeout": TIMEOUT_SECONDS, "socket_connect_timeout": TIMEOUT_SECONDS}
    return Redis.from_url(settings.REDIS_URL, decode_responses=True, retry=Retry(NoBackoff(), 0), **limits)

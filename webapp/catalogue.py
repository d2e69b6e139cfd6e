"""Tells workers and open pages what the catalogue holds. The database has the truth, Redis a copy with a version."""

import json
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from redis import RedisError

from webapp import groups, suggestions
from webapp.models.checkpoint import CatalogueVersion, Checkpoint

logger = logging.getLogger(__name__)


def build() -> dict[str, Any]:
    checkpoints = list(Checkpoint.objects.enabled())
    return {
        "version": CatalogueVersion.current(),
        "default": next((checkpoint.name for checkpoint in checkpoints if checkpoint.is_default), ""),
        "checkpoints": [checkpoint.to_catalogue() for checkpoint in checkpoints],
    }


def publish() -> bool:
    """Whether Redis took it. Where it did not, `publish_if_behind` does it later."""
    try:
        suggestions.publish_catalogue(build())
    except (RedisError, OSError) as error:
        logger.warning("the catalogue is not published, Redis cannot be reached: %s", error)
        return False
    return True


def publish_if_behind() -> bool:
    """Whether Redis has the newest version now. Called by the readiness page, which is asked all the time."""
    try:
        return published_version() == CatalogueVersion.current() or publish()
    except (RedisError, OSError) as error:
        logger.warning("Redis cannot be asked for the catalogue's version: %s", error)
        return False


def published_version() -> int | None:
    text = suggestions.published_catalogue()
    return json.loads(text)["version"] if text else None


def announce() -> None:
    publish()
    layer = get_channel_layer()
    async_to_sync(layer.group_send)(groups.CHECKPOINTS, {"type": "checkpoints.changed"})


def announce_after_commit(**_: object) -> None:
    CatalogueVersion.advance()
    # The change is saved by then, so nothing that fails here may look like a failure of it.
    transaction.on_commit(announce, robust=True)


def watch() -> None:
    """Called once, when Django is ready."""
    post_save.connect(announce_after_commit, sender=Checkpoint, dispatch_uid="catalogue")
    post_delete.connect(announce_after_commit, sender=Checkpoint, dispatch_uid="catalogue")

"""Which checkpoints are to serve: written by the web side, read by every worker. Light."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from generation.checkpoints import Checkpoint
from generation.errors import CheckpointError

KEY = "inkling:catalogue"
CHANGED_CHANNEL = "inkling:catalogue-changed"
WANTED_PREFIX = "inkling:wanted:"
WANTED_S = 600
QUEUE_PREFIX = "checkpoint."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The enabled checkpoints, in the order in which they are loaded: the default one first.

    `on_request` names those that are loaded only when somebody asks for them, `restricted` those that are not for
    everybody; `refused` says why an entry cannot be served at all. `text` is what was read, to be written back where
    Redis has lost it.
    """

    version: int
    default: str
    checkpoints: dict[str, Checkpoint]
    on_request: frozenset[str] = frozenset()
    restricted: frozenset[str] = frozenset()
    refused: dict[str, str] = field(default_factory=dict)
    text: str = ""

    @classmethod
    def from_json(cls, text: str) -> Catalogue:
        value = json.loads(text)
        items: list[dict[str, Any]] = value["checkpoints"]
        checkpoints: dict[str, Checkpoint] = {}
        refused: dict[str, str] = {}
        for item in sorted(items, key=lambda item: item["name"] != value["default"]):
            try:
                checkpoints[item["name"]] = Checkpoint.from_dict(item)
            except CheckpointError as error:
                refused[item["name"]] = str(error)
        return cls(
            value["version"],
            value["default"],
            checkpoints,
            on_request=frozenset(item["name"] for item in items if not item.get("load", True)),
            restricted=frozenset(item["name"] for item in items if item.get("audience", "public") != "public"),
            refused=refused,
            text=text,
        )


EMPTY = Catalogue(version=0, default="", checkpoints={})


def queue_of(name: str) -> str:
    """The queue that the workers consume that have the checkpoint loaded."""
    return QUEUE_PREFIX + name


def publish(redis: Redis, catalogue: dict[str, Any]) -> None:
    pipeline = redis.pipeline()
    pipeline.set(KEY, json.dumps(catalogue))
    pipeline.publish(CHANGED_CHANNEL, str(catalogue["version"]))
    pipeline.execute()


def read(redis: Redis, known: Catalogue) -> Catalogue:
    """The catalogue as it stands; `known` where it has not changed.

    A Redis that was emptied has lost it, but not what is true: the known one is written back, unless somebody
    published another one meanwhile.
    """
    text = redis.get(KEY)
    if text is None and known is not EMPTY:
        logger.warning("Redis has lost the catalogue; writing version %d back", known.version)
        redis.set(KEY, known.text, nx=True)
        text = redis.get(KEY)
    if text is None or text == known.text:
        return known
    return Catalogue.from_json(str(text))


def want(redis: Redis, name: str) -> None:
    """Asks the workers to load a checkpoint that waits for a request."""
    pipeline = redis.pipeline()
    pipeline.set(WANTED_PREFIX + name, "1", ex=WANTED_S)
    pipeline.publish(CHANGED_CHANNEL, name)
    pipeline.execute()


def read_wanted(redis: Redis, catalogue: Catalogue) -> frozenset[str]:
    """The checkpoints to be loaded now: all but those that wait for a request and have had none lately."""
    names = sorted(catalogue.on_request)
    rings = redis.mget([WANTED_PREFIX + name for name in names]) if names else []
    unwanted = {name for name, ring in zip(names, rings, strict=True) if ring is None}
    return frozenset(catalogue.checkpoints) - unwanted

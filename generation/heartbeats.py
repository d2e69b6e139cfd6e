"""What each worker says of itself every second, and what that means for a checkpoint. Light."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from redis import Redis

WORKERS_KEY = "inkling:workers"
KEY_PREFIX = "inkling:worker:"
EXPIRY_S = 5
INTERVAL_S = 1.0

UNAVAILABLE = "unavailable"
# Of several workers, the one that is furthest speaks for the checkpoint.
_STATES = ("ready", "loading", "downloading", "failed", "absent")


@dataclass(frozen=True, slots=True)
class CheckpointStatus:
    """`state` is absent, downloading, loading, ready, failed, or "unavailable" where no live worker serves it."""

    state: str
    reason: str = ""
    progress: float | None = None
    dtype: str = ""
    revision: str = ""
    num_running: int = 0
    num_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """`at` is Unix time in seconds, for people; whether a worker lives is decided by the key's expiry alone."""

    worker_id: str
    host: str
    pid: int
    at: float
    catalogue_version: int
    checkpoints: dict[str, CheckpointStatus] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Heartbeat:
        """Passes over what it does not know: workers may be newer than their reader."""
        value: dict[str, Any] = json.loads(text)
        statuses = {
            name: CheckpointStatus(**_known(CheckpointStatus, item)) for name, item in value["checkpoints"].items()
        }
        return cls(**{**_known(cls, value), "checkpoints": statuses})


def write(redis: Redis, heartbeat: Heartbeat) -> None:
    pipeline = redis.pipeline()
    pipeline.set(KEY_PREFIX + heartbeat.worker_id, heartbeat.to_json(), ex=EXPIRY_S)
    # The set spares readers a scan of all keys; they drop the ids that have no heartbeat any more.
    pipeline.sadd(WORKERS_KEY, heartbeat.worker_id)
    pipeline.execute()


def erase(redis: Redis, worker_id: str) -> None:
    pipeline = redis.pipeline()
    pipeline.delete(KEY_PREFIX + worker_id)
    pipeline.srem(WORKERS_KEY, worker_id)
    pipeline.execute()


def statuses(names: Iterable[str], heartbeats: list[Heartbeat]) -> dict[str, CheckpointStatus]:
    """How each named checkpoint stands over all live workers."""
    return {
        name: _furthest([beat.checkpoints[name] for beat in heartbeats if name in beat.checkpoints]) for name in names
    }


def _known(of: type[Heartbeat] | type[CheckpointStatus], value: dict[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(of)}
    return {name: item for name, item in value.items() if name in names}


def _furthest(reports: list[CheckpointStatus]) -> CheckpointStatus:
    if not reports:
        return CheckpointStatus(UNAVAILABLE, "no worker serves it at the moment")
    return min(reports, key=lambda status: _STATES.index(status.state))

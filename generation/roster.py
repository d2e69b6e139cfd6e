"""Which checkpoints can answer now, and which one does when the wanted one cannot. Workers as the web sees them."""

from __future__ import annotations

from dataclasses import dataclass, field

from redis import Redis

from generation import catalogue
from generation.catalogue import EMPTY, Catalogue
from generation.errors import CheckpointNotReady
from generation.heartbeats import KEY_PREFIX, UNAVAILABLE, WORKERS_KEY, CheckpointStatus, Heartbeat, statuses

_WHY_NOT = {
    "absent": "{name} is being loaded now",
    "downloading": "{name} is still being downloaded",
    "loading": "{name} is still loading",
    "failed": "{name} could not be loaded ({reason})",
    UNAVAILABLE: "no worker serves {name} at the moment",
}


@dataclass(frozen=True, slots=True)
class Roster:
    """The catalogue and how each of its checkpoints stands."""

    catalogue: Catalogue = EMPTY
    statuses: dict[str, CheckpointStatus] = field(default_factory=dict)

    def choose(self, wanted: str | None) -> tuple[str, str | None]:
        """(the checkpoint that answers, why it is not the wanted one). Raises CheckpointNotReady where none can."""
        name = wanted or self.catalogue.default
        if self._is_ready(name):
            return name, None
        why = self._why_not(name)
        for stand_in in self._stand_ins():
            if self._is_ready(stand_in):
                return stand_in, f"{why}; {stand_in} answered"
        raise CheckpointNotReady(why)

    def waits_for_request(self, name: str) -> bool:
        return name in self.statuses and self.statuses[name].state == "absent"

    def _stand_ins(self) -> list[str]:
        others = [name for name in self.statuses if name not in self.catalogue.restricted]
        return [self.catalogue.default, *others]

    def _is_ready(self, name: str) -> bool:
        return name in self.statuses and self.statuses[name].state == "ready"

    def _why_not(self, name: str) -> str:
        if not name:
            return "no checkpoint is enabled"
        status = self.statuses.get(name)
        if status is None:
            return f"{name} is not offered here"
        return _WHY_NOT[status.state].format(name=name, reason=status.reason)


def read(redis: Redis, known: Roster) -> Roster:
    """The roster as it stands. Where Redis has lost the catalogue, the known one counts until a worker restores it."""
    pipeline = redis.pipeline(transaction=False)
    pipeline.get(catalogue.KEY)
    pipeline.smembers(WORKERS_KEY)
    text, worker_ids = pipeline.execute()
    listed = known.catalogue if text in (None, known.catalogue.text) else Catalogue.from_json(text)
    return Roster(listed, statuses(_names(listed), _heartbeats_of(redis, sorted(worker_ids))))


def read_heartbeats(redis: Redis) -> list[Heartbeat]:
    """What every live worker says of itself."""
    return _heartbeats_of(redis, sorted(str(worker_id) for worker_id in redis.smembers(WORKERS_KEY)))


def without_workers(known: Roster, reason: str) -> Roster:
    """The roster while nobody can be asked."""
    away = CheckpointStatus(UNAVAILABLE, reason)
    return Roster(known.catalogue, dict.fromkeys(_names(known.catalogue), away))


def _names(listed: Catalogue) -> list[str]:
    return [*listed.checkpoints, *listed.refused]


def _heartbeats_of(redis: Redis, worker_ids: list[str]) -> list[Heartbeat]:
    if not worker_ids:
        return []
    texts = redis.mget([KEY_PREFIX + worker_id for worker_id in worker_ids])
    gone = [worker_id for worker_id, text in zip(worker_ids, texts, strict=True) if text is None]
    if gone:
        redis.srem(WORKERS_KEY, *gone)
    return [Heartbeat.from_json(str(text)) for text in texts if text is not None]

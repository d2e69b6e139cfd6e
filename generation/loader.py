"""Brings the engine's checkpoints in line with the catalogue, one at a time, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from generation.catalogue import EMPTY, Catalogue
from generation.checkpoints import Checkpoint
from generation.errors import CheckpointError, HubUnreachable, NoRoom
from generation.heartbeats import CheckpointStatus

HUB_RETRY_S = 60.0
# Requests that run on unloaded weights end by their deadlines, seconds from now; so long is waited for them.
LEAVING_S = 10.0
LEAVING_CHECK_S = 0.05

logger = logging.getLogger(__name__)


class LoadedInfo(Protocol):
    """What the loader asks of the engine's facts about a loaded checkpoint."""

    @property
    def revision(self) -> str: ...
    @property
    def dtype(self) -> str: ...
    @property
    def num_bytes(self) -> int: ...
    @property
    def num_running(self) -> int: ...
    @property
    def num_waiting(self) -> int: ...


class LoadingEngine(Protocol):
    def load(
        self,
        checkpoint: Checkpoint,
        on_state: Callable[[str, float | None, str], None],
        make_room: Callable[[int], None],
    ) -> None: ...
    def unload(self, name: str) -> None: ...
    def loaded(self) -> Mapping[str, LoadedInfo]: ...

    @property
    def num_weight_bytes(self) -> int: ...


class Loader:
    """`want` says what should be loaded and returns at once; `statuses` says how far it is. Both for any thread.

    Before a checkpoint is loaded others go until it fits into `weights_budget` (bytes) beside those that are left: the
    least recently used first, the default never.
    `on_change` is called, in the loader's thread, when a checkpoint's state has changed.
    """

    def __init__(self, engine: LoadingEngine, weights_budget: int, on_change: Callable[[], None]) -> None:
        self._engine = engine
        self._weights_budget = weights_budget
        self._on_change = on_change
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._is_closing = False
        self._catalogue = EMPTY
        self._wanted: frozenset[str] = frozenset()
        self._loaded: dict[str, Checkpoint] = {}
        self._statuses: dict[str, CheckpointStatus] = {}
        self._retry_at: dict[str, float] = {}
        self._used_at: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="checkpoint-loader", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Starts no further load. A load under way is not waited for: it may take minutes."""
        self._is_closing = True
        self._changed.set()

    def want(self, catalogue: Catalogue, names: frozenset[str]) -> None:
        with self._lock:
            if catalogue != self._catalogue:
                self._retry_at.clear()
            for name in names - self._wanted:
                self._retry_at.pop(name, None)
            self._catalogue, self._wanted = catalogue, names
        self._changed.set()

    def ask_again(self, name: str) -> None:
        """Somebody asks for a checkpoint that failed or had to make room: it is tried once more."""
        with self._lock:
            self._retry_at.pop(name, None)

    def note_use(self, name: str) -> None:
        self._used_at[name] = time.monotonic()

    def statuses(self) -> dict[str, CheckpointStatus]:
        with self._lock:
            catalogue, known = self._catalogue, dict(self._statuses)
        statuses = {name: CheckpointStatus("failed", reason) for name, reason in catalogue.refused.items()}
        loaded = self._engine.loaded()
        for name in catalogue.checkpoints:
            status = known.get(name, CheckpointStatus("absent"))
            statuses[name] = _ready(loaded[name], status.reason) if name in loaded else status
        return statuses

    def _run(self) -> None:
        while not self._is_closing:
            self._changed.wait()
            self._changed.clear()
            while not self._is_closing and (work := self._next_work()):
                work()
                self._on_change()

    def _next_work(self) -> Callable[[], None] | None:
        with self._lock:
            checkpoints = self._catalogue.checkpoints
            for name in self._loaded:
                if name not in checkpoints:
                    return partial(self._unload, name, "")
            for name, checkpoint in checkpoints.items():
                is_due = time.monotonic() >= self._retry_at.get(name, 0.0)
                if name in self._wanted and self._loaded.get(name) != checkpoint and is_due:
                    # One that has changed goes on serving until its new form takes its place.
                    return partial(self._load, checkpoint)
        return None

    def _load(self, checkpoint: Checkpoint) -> None:
        name = checkpoint.name
        try:
            self._engine.load(checkpoint, partial(self._note_state, name), partial(self._make_room, name))
        except CheckpointError as error:
            is_passing = isinstance(error, HubUnreachable)
            self._give_up(name, "failed", str(error), HUB_RETRY_S if is_passing else float("inf"))
            return
        except Exception as error:
            logger.exception("loading %s failed in an unforeseen way", name)
            self._give_up(name, "failed", f"loading failed: {error}", float("inf"))
            return
        self._loaded[name] = checkpoint
        self.note_use(name)
        logger.info("%s is ready", name)

    def _unload(self, name: str, reason: str) -> None:
        self._engine.unload(name)
        del self._loaded[name]
        self._statuses[name] = CheckpointStatus("absent", reason)
        logger.info("unloaded %s %s", name, reason)

    def _make_room(self, name: str, num_bytes: int) -> None:
        """For a checkpoint of so many bytes. Raises NoRoom, and then nobody had to go."""
        default = self._catalogue.default
        taken = {other: info.num_bytes for other, info in self._engine.loaded().items()}
        num_kept = taken.get(default, 0) if name != default else 0
        if num_kept + num_bytes > self._weights_budget:
            raise NoRoom(
                f"{name} takes {num_bytes / 1e9:.1f} GB, expected at most {self._weights_budget / 1e9:.1f} GB for all "
                f"checkpoints together, of which {num_kept / 1e9:.1f} GB are the default's"
            )
        # Its older form goes last: where both do not fit side by side, nobody serves it while the new one is read.
        going = sorted(self._loaded, key=lambda other: (other == name, self._used_at[other]))
        while sum(taken.values()) + num_bytes > self._weights_budget:
            other = next(other for other in going if other in taken and (other == name or other != default))
            self._evict(other)
            del taken[other]
        self._note_state(name, "loading", None, "")
        self._wait_for(self._weights_budget - num_bytes)

    def _evict(self, name: str) -> None:
        self._unload(name, f"unloaded: all checkpoints together may take {self._weights_budget / 1e9:.1f} GB")
        self._retry_at[name] = float("inf")

    def _wait_for(self, most_bytes: int) -> None:
        """Lets requests end on weights that are going, so that these and the next are not in memory together."""
        give_up_at = time.monotonic() + LEAVING_S
        while self._engine.num_weight_bytes > most_bytes and not self._is_closing:
            if time.monotonic() > give_up_at:
                logger.warning("unloaded weights are still in use after %.0f s", LEAVING_S)
                return
            time.sleep(LEAVING_CHECK_S)

    def _give_up(self, name: str, state: str, reason: str, pause_s: float) -> None:
        logger.warning("%s is not served: %s", name, reason)
        with self._lock:
            self._statuses[name] = CheckpointStatus(state, reason)
            self._retry_at[name] = time.monotonic() + pause_s

    def _note_state(self, name: str, state: str, progress: float | None, reason: str) -> None:
        with self._lock:
            is_news = name not in self._statuses or self._statuses[name].state != state
            self._statuses[name] = CheckpointStatus(state, reason, progress)
        if is_news:
            self._on_change()


def _ready(info: LoadedInfo, reason: str) -> CheckpointStatus:
    return CheckpointStatus(
        "ready",
        reason,
        dtype=info.dtype,
        revision=info.revision,
        num_running=info.num_running,
        num_waiting=info.num_waiting,
    )

"""One loaded checkpoint with its requests: takes them one token further per step."""

from __future__ import annotations

import logging
from collections.abc import Callable
from collections.abc import Set as AbstractSet

from generation.config import EngineConfig
from generation.engine.decode_graphs import capture_for
from generation.engine.drawing import Drawn, draw
from generation.engine.loading import LoadedCheckpoint
from generation.engine.model_runner import ModelRunner, Rows
from generation.engine.scheduler import Batch, Scheduler
from generation.engine.sequence import Sequence
from generation.engine.sequence_group import SequenceGroup
from generation.engine.slots import SlotPool
from generation.engine.warming import warm_up

logger = logging.getLogger(__name__)


class Lane:
    """Belongs to the decode thread, but for `num_running` and `waiting`, which anyone may read."""

    def __init__(
        self, loaded: LoadedCheckpoint, slots: SlotPool, config: EngineConfig, clock: Callable[[], float]
    ) -> None:
        self.loaded = loaded
        self._clock = clock
        self.scheduler = Scheduler(loaded.model, slots, config)
        capture = capture_for(loaded.model.device)
        self._runner = ModelRunner(loaded.model, loaded.vocabulary, slots.arena, capture)
        self._slots = slots
        loaded.use_threads()
        warm_up(loaded.model, loaded.name)

    @property
    def waiting(self) -> list[SequenceGroup]:
        return list(self.scheduler.waiting)

    @property
    def num_running(self) -> int:
        return self.scheduler.num_running

    def step(self, cancelled: AbstractSet[str], has_company: bool) -> bool:
        """Returns whether there was anything to do. `has_company`: other lanes have requests too."""
        if self.scheduler.is_idle:
            return False
        began_at = self._clock()
        self._end_late_and_cancelled(began_at, cancelled)
        self.scheduler.admit()
        batch = self.scheduler.next_batch(has_company)
        if batch.groups:
            self._advance(batch)
            self.scheduler.note_step(batch, self._clock() - began_at)
        self.scheduler.remove_closed()
        return True

    def fail_all(self, code: str, message: str) -> None:
        for group in self.scheduler.groups:
            self._fail(group, code, message)
        self.scheduler.remove_closed()

    def close(self) -> None:
        self._slots.forget(self.loaded.model)

    def _end_late_and_cancelled(self, now: float, cancelled: AbstractSet[str]) -> None:
        for group in self.scheduler.groups:
            is_cancelled = group.request.request_id in cancelled
            if is_cancelled or now >= group.deadline:
                self._announce(group)
                group.finish("cancelled" if is_cancelled else "deadline")
        self.scheduler.remove_closed()

    def _advance(self, batch: Batch) -> None:
        self.loaded.use_threads()
        try:
            rows, drawn = self._draw(batch)
        except Exception as error:
            requests = ", ".join(group.request.request_id for group in batch.groups)
            logger.exception("a step of %s failed, and with it %s", self.loaded.name, requests)
            for group in batch.groups:
                self._fail(group, "failed", f"the engine failed: {error}")
            return
        for group, sequence, row in zip(rows.groups, rows.sequences, drawn, strict=True):
            if sequence.is_open:
                self._deliver(group, sequence, row)

    def _draw(self, batch: Batch) -> tuple[Rows, list[Drawn]]:
        rows, logits = self._runner.run(batch)
        return rows, draw(rows, logits, self.loaded.vocabulary) if rows.sequences else []

    def _deliver(self, group: SequenceGroup, sequence: Sequence, drawn: Drawn) -> None:
        self._announce(group)
        if drawn.token_id is None:
            self._fail(group, "failed", f"{self.loaded.name} left no token to draw")
            return
        try:
            group.push(sequence, drawn.token_id, self.loaded.model.shape.context_length, drawn.thought)
        except Exception as error:
            # A text that our own code cannot handle is that request's misfortune, not its neighbours'.
            logger.exception("request %s failed", group.request.request_id)
            self._fail(group, "failed", f"the engine failed: {error}")

    def _announce(self, group: SequenceGroup) -> None:
        group.announce(self.loaded.revision, self.loaded.dtype)

    def _fail(self, group: SequenceGroup, code: str, message: str) -> None:
        self._announce(group)
        group.fail(code, message)

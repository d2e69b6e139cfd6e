"""One loaded checkpoint with its requests: takes them one token further per step."""

from __future__ import annotations

import logging
import os
from collections.abc import Set as AbstractSet

import torch

from generation.config import EngineConfig
from generation.engine.loading import LoadedCheckpoint
from generation.engine.logits_processors import allow_only, penalise_repetition
from generation.engine.model_runner import ModelRunner, Rows
from generation.engine.sampler import RowParams, draw_uniforms, sample
from generation.engine.scheduler import Batch, Scheduler
from generation.engine.sequence import Sequence
from generation.engine.sequence_group import SequenceGroup
from generation.engine.slots import SlotPool

logger = logging.getLogger(__name__)

# Below this a second thread costs more in waiting than it saves in work.
MIN_PARAMETERS_FOR_THREADS = 30_000_000


class Lane:
    """Belongs to the decode thread, but for `num_waiting` and `num_running`, which anyone may read."""

    def __init__(self, loaded: LoadedCheckpoint, slots: SlotPool, config: EngineConfig) -> None:
        self.loaded = loaded
        self.scheduler = Scheduler(loaded.model, slots, config)
        self._runner = ModelRunner(loaded.model, loaded.vocabulary)
        self._slots = slots
        self._num_threads = config.num_threads or _num_threads(loaded.num_parameters)

    @property
    def num_waiting(self) -> int:
        return len(self.scheduler.waiting)

    @property
    def num_running(self) -> int:
        return self.scheduler.num_running

    def step(self, now: float, cancelled: AbstractSet[str]) -> bool:
        """Returns whether there was anything to do."""
        if self.scheduler.is_idle:
            return False
        self._end_late_and_cancelled(now, cancelled)
        self.scheduler.admit()
        batch = self.scheduler.next_batch()
        if batch.groups:
            self._advance(batch)
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
        torch.set_num_threads(self._num_threads)
        try:
            rows, token_ids = self._draw(batch)
        except Exception as error:
            requests = ", ".join(group.request.request_id for group in batch.groups)
            logger.exception("a step of %s failed, and with it %s", self.loaded.name, requests)
            for group in batch.groups:
                self._fail(group, "failed", f"the engine failed: {error}")
            return
        for group, sequence, token_id in zip(rows.groups, rows.sequences, token_ids, strict=True):
            if sequence.is_open:
                self._deliver(group, sequence, token_id)

    def _draw(self, batch: Batch) -> tuple[Rows, list[int | None]]:
        """Returns the next token of each row; None where the model gave no usable probabilities."""
        rows, logits = self._runner.run(batch)
        if not rows.sequences:
            return rows, []
        for number, (group, sequence) in enumerate(zip(rows.groups, rows.sequences, strict=True)):
            if sequence.params.repetition_penalty != 1:
                penalise_repetition(logits, number, sequence.params.repetition_penalty, _seen(group, sequence))
            if not sequence.healing.is_done:
                allow_only(logits, number, sequence.healing.allowed(self.loaded.vocabulary))
        is_usable = logits.amax(-1).isfinite().tolist()
        token_ids = sample(logits, _row_params(rows, logits.device))
        return rows, [token_id if usable else None for token_id, usable in zip(token_ids, is_usable, strict=True)]

    def _deliver(self, group: SequenceGroup, sequence: Sequence, token_id: int | None) -> None:
        self._announce(group)
        if token_id is None:
            self._fail(group, "failed", f"{self.loaded.name} gave no usable probabilities")
            return
        try:
            group.push(sequence, token_id, self.loaded.model.shape.context_length)
        except Exception as error:
            # A text that our own code cannot handle is that request's misfortune, not its neighbours'.
            logger.exception("request %s failed", group.request.request_id)
            self._fail(group, "failed", f"the engine failed: {error}")

    def _announce(self, group: SequenceGroup) -> None:
        group.announce(self.loaded.revision, self.loaded.dtype)

    def _fail(self, group: SequenceGroup, code: str, message: str) -> None:
        self._announce(group)
        group.fail(code, message)


def _seen(group: SequenceGroup, sequence: Sequence) -> list[int]:
    """What the sequence continues, without the `<|endoftext|>` that opens every text."""
    return [*group.prompt.token_ids[1 : sequence.num_prompt_tokens], *sequence.token_ids]


def _row_params(rows: Rows, device: torch.device) -> RowParams:
    params = [sequence.params for sequence in rows.sequences]
    uniforms = [draw_uniforms(sequence.random) for sequence in rows.sequences]
    return RowParams.of(params, uniforms, device)


def _num_threads(num_parameters: int) -> int:
    return (os.cpu_count() or 1) if num_parameters >= MIN_PARAMETERS_FOR_THREADS else 1

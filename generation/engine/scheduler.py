"""Which requests run, and what the next step reads and decodes. Knows nothing of the model's arithmetic."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from generation.config import EngineConfig
from generation.engine.healing import MAX_PENDING_BYTES
from generation.engine.model import GPT2
from generation.engine.sequence_group import SequenceGroup
from generation.engine.slots import SlotPool

# A prompt's last chunk is not divided, and may have as many tokens as healing looks at.
MIN_CHUNK = 2 * MAX_PENDING_BYTES


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's work: a token for every open sequence of `decoding`, and chunks of prompts with their sizes."""

    decoding: list[SequenceGroup]
    prefills: list[tuple[SequenceGroup, int]]

    @property
    def groups(self) -> list[SequenceGroup]:
        return [*self.decoding, *(group for group, _ in self.prefills)]


class Scheduler:
    """The queue and the running requests of one checkpoint."""

    def __init__(self, model: GPT2, slots: SlotPool, config: EngineConfig) -> None:
        self.waiting: deque[SequenceGroup] = deque()
        self.running: list[SequenceGroup] = []
        self._model = model
        self._slots = slots
        self._config = config

    @property
    def groups(self) -> Iterator[SequenceGroup]:
        yield from self.running
        yield from self.waiting

    @property
    def is_idle(self) -> bool:
        return not self.running and not self.waiting

    @property
    def num_running(self) -> int:
        return sum(len(group.open_sequences) for group in list(self.running))

    def admit(self) -> None:
        """Takes up waiting requests in the order they came, as far as rows and memory reach."""
        while self.waiting and self._has_rows_for(self.waiting[0]) and self._acquire_slot(self.waiting[0]):
            self.running.append(self.waiting.popleft())

    def remove_closed(self) -> None:
        for group in self.running:
            if not group.is_open and group.lease is not None:
                if group.has_failed:
                    # Whatever went wrong, the session's next request begins anew.
                    group.slot.truncate(0)
                self._slots.release(group.lease, group.branches())
        self.running = [group for group in self.running if group.is_open]
        self.waiting = deque(group for group in self.waiting if group.is_open)

    def next_batch(self) -> Batch:
        """Every running continuation gets its next token; what is left of the step reads prompts, short ones first."""
        decoding = [group for group in self.running if group.is_decoding]
        # While others write, a long prompt is read in smaller pieces, so that their text does not stall.
        size_beside_others = max(MIN_CHUNK, self._config.prefill_chunk // 4)
        budget = size_beside_others if decoding else self._config.prefill_chunk
        prefills: list[tuple[SequenceGroup, int]] = []
        unread = [group for group in self.running if not group.is_decoding]
        for group in sorted(unread, key=lambda group: group.num_unread):
            size = group.next_chunk_size(budget)
            if size == 0 and group.num_unread:
                break
            prefills.append((group, size))
            budget -= size
        return Batch(decoding, prefills)

    def _has_rows_for(self, group: SequenceGroup) -> bool:
        return not self.running or self.num_running + len(group.sequences) <= self._config.max_running

    def _acquire_slot(self, group: SequenceGroup) -> bool:
        group.lease = self._slots.acquire(self._model, group.wanted(self._model.shape.context_length))
        return group.lease is not None

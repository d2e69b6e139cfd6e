"""Which requests run, and what the next step reads and decodes. Knows nothing of the model's arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from generation.config import EngineConfig
from generation.engine.fairness import by_urgency, in_turn, leaves_room, oldest_of_each
from generation.engine.healing import MAX_PENDING_BYTES
from generation.engine.linear import num_rows_for, num_rows_within
from generation.engine.model import GPT2
from generation.engine.pace import Pace, patience
from generation.engine.sequence_group import SequenceGroup
from generation.engine.slots import SlotPool

# A prompt's last chunk is not divided, and may have as many tokens as healing looks at.
MIN_CHUNK = 2 * MAX_PENDING_BYTES


@dataclass(frozen=True, slots=True)
class Batch:
    """One step's work: a token for every open sequence of `decoding`, and chunks of prompts with their sizes."""

    decoding: list[SequenceGroup]
    prefills: list[tuple[SequenceGroup, int]]
    is_beside_others: bool = False

    @property
    def num_read(self) -> int:
        return sum(size for _, size in self.prefills)

    @property
    def groups(self) -> list[SequenceGroup]:
        return [*self.decoding, *(group for group, _ in self.prefills)]


class Scheduler:
    """The queue and the running requests of one checkpoint."""

    def __init__(self, model: GPT2, slots: SlotPool, config: EngineConfig) -> None:
        self.waiting: list[SequenceGroup] = []
        self.running: list[SequenceGroup] = []
        self._model = model
        self._slots = slots
        self._config = config
        self._pace = Pace(MIN_CHUNK, config.prefill_chunk, config.step_ms / 1000)

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
        """Takes up waiting requests in turn, as far as rows and memory reach.

        Who cannot have more for now is passed over; who comes next in turn and finds no room is waited for.
        """
        while self.waiting:
            in_order = in_turn(self.waiting, self.running)
            group = next((group for group in in_order if self._leaves_room_for_others(group)), None)
            if group is None or not self._has_rows_for(group) or not self._acquire_slot(group):
                return
            self.waiting.remove(group)
            self.running.append(group)

    def remove_closed(self) -> None:
        for group in self.running:
            if not group.is_open and group.lease is not None:
                if group.has_failed:
                    # Whatever went wrong, the session's next request begins anew.
                    group.slot.truncate(0)
                self._slots.release(group.lease, group.branches())
        self.running = [group for group in self.running if group.is_open]
        self.waiting = [group for group in self.waiting if group.is_open]

    def next_batch(self, has_company: bool = False) -> Batch:
        """Every running continuation gets its next token; what is left of the step reads prompts.

        While others write, here or (`has_company`) with another checkpoint, prompts are read in smaller pieces, so
        that their text does not stall.
        """
        decoding = [group for group in self.running if group.is_decoding]
        is_beside_others = bool(decoding) or has_company
        budget = self._pace.budget if is_beside_others else max(MIN_CHUNK, self._config.prefill_chunk)
        if not self._model.is_compiled:
            budget = _fitting(budget, sum(group.num_rows for group in decoding))
        prefills: list[tuple[SequenceGroup, int]] = []
        unread = [group for group in self.running if not group.is_decoding]
        for group in oldest_of_each(unread):
            group.num_steps_waited += 1
        for group in by_urgency(unread):
            size = group.next_chunk_size(budget)
            if size or not group.num_unread:
                prefills.append((group, size))
                budget -= size
        return Batch(decoding, prefills, is_beside_others)

    def note_step(self, batch: Batch, seconds: float) -> None:
        """Tells how long a batch took, from which the next ones take their size."""
        if batch.is_beside_others and batch.prefills:
            waiting = oldest_of_each(group for group in self.running if not group.is_decoding)
            writing = oldest_of_each(batch.decoding)
            self._pace.note(batch.num_read, seconds, patience(len(waiting), len(writing)), is_used_up=bool(waiting))

    def _has_rows_for(self, group: SequenceGroup) -> bool:
        return not self.running or self.num_running + group.num_rows <= self._config.max_running

    def _leaves_room_for_others(self, group: SequenceGroup) -> bool:
        own = [other for other in self.running if other.asker == group.asker]
        num_free = self._config.max_running - self.num_running
        if not leaves_room(sum(other.num_rows for other in own), group.num_rows, num_free):
            return False
        held = sum(other.lease.num_bytes for other in own if other.lease)
        added = self._slots.num_bytes_for(self._model, group.wanted(self._model.shape.context_length))
        return leaves_room(held, added, self._slots.num_free_bytes)

    def _acquire_slot(self, group: SequenceGroup) -> bool:
        group.lease = self._slots.acquire(self._model, group.wanted(self._model.shape.context_length))
        return group.lease is not None


def _fitting(budget: int, num_decoding: int) -> int:
    """The budget a little smaller, or where that is too small a little larger, so that no rows have to be filled up."""
    num_rows = num_rows_within(num_decoding + budget)
    if num_rows < num_decoding + MIN_CHUNK:
        num_rows = num_rows_for(num_decoding + budget)
    return num_rows - num_decoding

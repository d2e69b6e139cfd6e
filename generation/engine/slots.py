"""All slots and the cells of running continuations, in one arena."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch

from generation.engine.kv_cache import Arena, Cells, Range, num_shared
from generation.engine.model import GPT2
from generation.engine.slot import MAX_LOGITS, Branch, Lease, Slot, Wanted

# Slots grow in steps of this many tokens, so that a text being typed seldom needs a larger one. Not a power of two:
# a key's numbers lie a slot's capacity apart and would all fall into the same few lines of the processor's caches.
CELLS_PER_STEP = 240
OWN_CELLS_PER_STEP = 16


class SlotPool:
    """All slots of the engine, under one budget in bytes; the least recently released goes first."""

    def __init__(self, budget: int, device: torch.device | str = "cpu") -> None:
        self.arena = Arena(budget, torch.device(device))
        self._slots: list[Slot] = []  # least recently released first

    @property
    def num_free_bytes(self) -> int:
        """What running requests leave; what is kept for their sessions' next requests counts as free."""
        taken = [slot for slot in self._slots if slot.is_taken]
        own = [cells.lent.size for slot in taken for lease in slot.leases for cells in lease.own]
        return self.arena.budget - sum(slot.num_bytes for slot in taken) - sum(own)

    def num_bytes_for(self, owner: GPT2, wanted: Wanted) -> int:
        """What a request takes that finds nothing of its session's."""
        own = wanted.num_rows * _capacity(wanted.num_own, OWN_CELLS_PER_STEP)
        num_cells = own + _capacity(len(wanted.token_ids), CELLS_PER_STEP)
        return num_cells * owner.cell_shape.num_bytes + _logits_bytes(owner)

    def could_ever_hold(self, owner: GPT2, wanted: Wanted) -> bool:
        return self.num_bytes_for(owner, wanted) <= self.arena.budget

    def acquire(self, owner: GPT2, wanted: Wanted) -> Lease | None:
        """A lease on a slot that holds all that the session has left of the prompt; None while there is no room.

        A slot whose running requests see no more than the prompt shares with them is joined, else what is shared is
        copied: nobody ever sees the cells of another text.
        """
        # A first try in vain has dropped all that was kept, some of it where it had already looked.
        return self._try_to_acquire(owner, wanted) or self._try_to_acquire(owner, wanted)

    def release(self, lease: Lease, branches: Sequence[Branch] = ()) -> None:
        """The session's next request finds this slot and these branches; an older free slot is of no more use."""
        slot = lease.slot
        slot.leases.remove(lease)
        slot.branches += branches
        kept = [branch.cells for branch in branches]
        self._free_all(cells for cells in lease.own if cells not in kept)
        for other in list(self._slots):
            if other is not slot and not other.is_taken and _is_same_session(other, slot):
                self._drop(other)
        self._slots.remove(slot)
        self._slots.append(slot)

    def forget(self, owner: GPT2) -> None:
        """Drops the free slots of a model that is going."""
        for slot in list(self._slots):
            if slot.owner is owner and not slot.is_taken:
                self._drop(slot)

    def _try_to_acquire(self, owner: GPT2, wanted: Wanted) -> Lease | None:
        best = self._longest_shared(owner, wanted)
        own = self._take_own(owner, wanted, spare=best)
        if own is None:
            return None
        if best and best in self._slots and _can_join(best, wanted):
            slot = best
            slot.truncate(num_shared(slot.token_ids, wanted.token_ids))
            slot.adopt(slot, wanted.token_ids)
            self._drop_branches(slot)
        else:
            new = self._new_slot(owner, wanted, best)
            if new is None:
                self._free_all(own)
                return None
            slot = new
        # Logits that are wanted and were not kept are had by reading their tokens again.
        num_known = wanted.first_logits + len(slot.logits_from(wanted.first_logits))
        slot.truncate(min(len(slot.token_ids), num_known))
        lease = Lease(slot, own, len(wanted.token_ids))
        slot.leases.append(lease)
        return lease

    def _longest_shared(self, owner: GPT2, wanted: Wanted) -> Slot | None:
        own = [slot for slot in self._slots if (slot.owner, slot.session) == (owner, wanted.session)]
        token_ids = wanted.token_ids
        return max(own, key=lambda slot: (num_shared(slot.token_ids, token_ids), not slot.is_taken), default=None)

    def _new_slot(self, owner: GPT2, wanted: Wanted, best: Slot | None) -> Slot | None:
        cells = self._take_cells(owner, _capacity(len(wanted.token_ids), CELLS_PER_STEP), spare=best)
        logits_range = self._take(_logits_bytes(owner), spare=best) if cells else None
        if cells is None or logits_range is None:
            self._free_all([cells] if cells else [])
            return None
        logits = self.arena.numbers(logits_range, torch.float32)[: MAX_LOGITS * owner.shape.vocab_size]
        slot = Slot(owner, wanted.session, cells, logits_range, logits.view(MAX_LOGITS, -1))
        self._slots.append(slot)
        # It went where there was no other room.
        if best and best in self._slots:
            slot.copy_from(best, num_shared(best.token_ids, wanted.token_ids))
            slot.adopt(best, wanted.token_ids)
            if not best.is_taken:
                self._drop(best)
        return slot

    def _take_own(self, owner: GPT2, wanted: Wanted, spare: Slot | None) -> list[Cells] | None:
        own: list[Cells] = []
        for _ in range(wanted.num_rows):
            cells = self._take_cells(owner, _capacity(wanted.num_own, OWN_CELLS_PER_STEP), spare)
            if cells is None:
                self._free_all(own)
                return None
            own.append(cells)
        return own

    def _take_cells(self, owner: GPT2, capacity: int, spare: Slot | None) -> Cells | None:
        lent = self._take(capacity * owner.cell_shape.num_bytes, spare)
        return Cells(self.arena, lent, owner.cell_shape, capacity) if lent else None

    def _take(self, num_bytes: int, spare: Slot | None) -> Range | None:
        """Drops what is kept for later ones until there is room: free slots, then branches, the spared slot's last."""
        lent = self.arena.take(num_bytes)
        while lent is None and self._drop_one(spare):
            lent = self.arena.take(num_bytes)
        return lent

    def _drop_one(self, spare: Slot | None) -> bool:
        """The least recently released slot, else a branch of such a one that is taken; False where there is nothing."""
        kept = [slot for slot in self._slots if not slot.is_taken or slot.branches]
        if not kept:
            return False
        slot = min(kept, key=lambda slot: (slot is spare, slot.is_taken))
        if slot.is_taken:
            self._free_all([slot.branches.pop(0).cells])
        else:
            self._drop(slot)
        return True

    def _drop(self, slot: Slot) -> None:
        self._slots.remove(slot)
        self._drop_branches(slot)
        self._free_all([slot.cells])
        self.arena.free(slot.logits_range)

    def _drop_branches(self, slot: Slot) -> None:
        self._free_all(branch.cells for branch in slot.branches)
        slot.branches.clear()

    def _free_all(self, cells: Iterable[Cells]) -> None:
        for each in cells:
            self.arena.free(each.lent)


def _can_join(slot: Slot, wanted: Wanted) -> bool:
    if slot.is_being_read_into or len(wanted.token_ids) > slot.cells.capacity:
        return False
    return num_shared(slot.token_ids, wanted.token_ids) >= slot.num_pinned


def _is_same_session(one: Slot, other: Slot) -> bool:
    return (one.owner, one.session) == (other.owner, other.session)


def _logits_bytes(owner: GPT2) -> int:
    return MAX_LOGITS * owner.shape.vocab_size * torch.float32.itemsize


def _capacity(num_tokens: int, step: int) -> int:
    return -(-num_tokens // step) * step

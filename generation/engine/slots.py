"""Keys and values of prompts, kept between requests. A slot serves one request at a time."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generation.engine.model import GPT2

# Slots grow in steps of this many tokens, so that a text being typed seldom needs a larger one.
CELLS_PER_STEP = 256


@dataclass(slots=True, eq=False)
class Slot:
    """`kv` holds the keys and values of `token_ids`; what lies behind them is free to write."""

    owner: GPT2
    session: Hashable
    kv: Tensor  # (num_layers, 2, num_heads, num_cells, head_size)
    token_ids: list[int] = field(default_factory=list)
    is_taken: bool = True

    @property
    def num_cells(self) -> int:
        return self.kv.shape[3]

    @property
    def num_bytes(self) -> int:
        return self.kv.nbytes


class SlotPool:
    """All slots of the engine, under one budget in bytes; the least recently released goes first."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self._slots: list[Slot] = []  # least recently released first

    @property
    def num_bytes(self) -> int:
        return sum(slot.num_bytes for slot in self._slots)

    def could_ever_hold(self, owner: GPT2, num_cells: int) -> bool:
        return _num_bytes(owner, num_cells) <= self.budget

    def acquire(
        self, owner: GPT2, session: Hashable, token_ids: Sequence[int], num_cells: int, max_reused: int
    ) -> Slot | None:
        """Returns a slot that holds up to `max_reused` first tokens of `token_ids`; None while there is no room.

        The session's last slot is taken over where it is free and large enough, else what it shares is copied:
        a running request never sees its slot change.
        """
        best = self._longest_shared(owner, session, token_ids)
        num_shared = min(max_reused, _num_shared(best.token_ids, token_ids)) if best else 0
        if best and not best.is_taken and best.num_cells >= num_cells:
            best.is_taken = True
            del best.token_ids[num_shared:]
            return best
        if not self._make_room(_num_bytes(owner, num_cells), spare=best):
            return None
        slot = Slot(owner, session, _new_cells(owner, num_cells))
        if best and num_shared:
            slot.kv[:, :, :, :num_shared] = best.kv[:, :, :, :num_shared]
            slot.token_ids = list(token_ids[:num_shared])
        if best and not best.is_taken:
            self._slots.remove(best)
        self._slots.append(slot)
        return slot

    def release(self, slot: Slot) -> None:
        """The session's next request finds this slot; an older free one of the session is of no more use."""
        slot.is_taken = False
        self._slots = [other for other in self._slots if other.is_taken or not _is_same_session(other, slot)]
        self._slots.append(slot)

    def forget(self, owner: GPT2) -> None:
        """Drops the free slots of a model that is going."""
        self._slots = [slot for slot in self._slots if slot.owner is not owner or slot.is_taken]

    def _longest_shared(self, owner: GPT2, session: Hashable, token_ids: Sequence[int]) -> Slot | None:
        own = [slot for slot in self._slots if (slot.owner, slot.session) == (owner, session)]
        return max(own, key=lambda slot: (_num_shared(slot.token_ids, token_ids), not slot.is_taken), default=None)

    def _make_room(self, num_bytes: int, spare: Slot | None) -> bool:
        free = [slot for slot in self._slots if not slot.is_taken and slot is not spare]
        excess = self.num_bytes + num_bytes - self.budget
        # The spared one is replaced by the new one, so its bytes do not count.
        if spare and not spare.is_taken:
            excess -= spare.num_bytes
        if excess > sum(slot.num_bytes for slot in free):
            return False
        for slot in free:
            if excess <= 0:
                break
            self._slots.remove(slot)
            excess -= slot.num_bytes
        return True


def _is_same_session(one: Slot, other: Slot) -> bool:
    return (one.owner, one.session) == (other.owner, other.session)


def _num_shared(some: Sequence[int], others: Sequence[int]) -> int:
    pairs = zip(some, others, strict=False)
    return next((number for number, (one, other) in enumerate(pairs) if one != other), min(len(some), len(others)))


def _new_cells(owner: GPT2, num_cells: int) -> Tensor:
    shape = owner.shape
    size = (shape.num_layers, 2, shape.num_heads, _rounded(num_cells), shape.head_size)
    return torch.empty(size, dtype=owner.dtype, device=owner.device)


def _num_bytes(owner: GPT2, num_cells: int) -> int:
    shape = owner.shape
    return 2 * shape.num_layers * shape.width * _rounded(num_cells) * owner.dtype.itemsize


def _rounded(num_cells: int) -> int:
    return -(-num_cells // CELLS_PER_STEP) * CELLS_PER_STEP

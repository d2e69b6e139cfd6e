"""One session's prompt, with its keys and values; who holds it; what continuations have left of theirs."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from generation.engine.kv_cache import Cells, Range, num_shared
from generation.engine.model import GPT2

# Logits kept with a slot: those after the committed tokens and after the first of the half-typed word.
MAX_LOGITS = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request needs room for, and what its session may have left of it: its prompt's `token_ids`.

    Logits are wanted from the last of the `num_committed` first tokens on.
    """

    session: Hashable
    token_ids: Sequence[int]
    num_committed: int
    num_rows: int
    num_own: int

    @property
    def first_logits(self) -> int:
        return self.num_committed - 1


@dataclass(slots=True, eq=False)
class Branch:
    """What an ended continuation has left: the cells of tokens that followed the first `start` ones of its slot."""

    start: int
    token_ids: list[int]
    cells: Cells


@dataclass(slots=True, eq=False)
class Slot:
    """`cells` hold the keys and values of `token_ids`; what lies behind them is free to write.

    `logits` are those after the tokens from `first_logits` on, as many as are valid.
    """

    owner: GPT2
    session: Hashable
    cells: Cells
    logits_range: Range
    all_logits: Tensor  # (MAX_LOGITS, vocab_size)
    token_ids: list[int] = field(default_factory=list)
    first_logits: int = 0
    num_logits: int = 0
    leases: list[Lease] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        return bool(self.leases)

    @property
    def num_bytes(self) -> int:
        return self.cells.lent.size + self.logits_range.size

    @property
    def num_pinned(self) -> int:
        """The first tokens, which running requests see: their cells must not change."""
        return max((lease.num_pinned for lease in self.leases), default=0)

    @property
    def is_being_read_into(self) -> bool:
        return any(lease.is_reading for lease in self.leases)

    def truncate(self, num_tokens: int) -> None:
        del self.token_ids[num_tokens:]
        self.num_logits = max(0, min(self.num_logits, num_tokens - self.first_logits))

    def adopt(self, source: Slot, token_ids: Sequence[int]) -> None:
        """Takes over what a continuation of the source has written of `token_ids` beyond the slot's own."""
        for branch in source.branches:
            if branch.start > len(self.token_ids):
                continue
            end = branch.start + num_shared(branch.token_ids, token_ids[branch.start :])
            start = len(self.token_ids)
            if end > start:
                self.cells.copy_from(branch.cells, start, start - branch.start, end - start)
                self.token_ids += token_ids[start:end]

    def copy_from(self, source: Slot, num_tokens: int) -> None:
        self.cells.copy_from(source.cells, 0, 0, num_tokens)
        self.token_ids = source.token_ids[:num_tokens]
        self.keep_logits(source.first_logits, source.all_logits[: source.num_logits])
        self.truncate(num_tokens)

    def keep_logits(self, first: int, logits: Tensor) -> None:
        """`logits` (any number, vocab_size) are those after the tokens from `first` on."""
        self.first_logits, self.num_logits = first, min(MAX_LOGITS, len(logits))
        self.all_logits[: self.num_logits] = logits[:MAX_LOGITS]

    def logits_from(self, first: int) -> Tensor:
        """The logits that are kept of the tokens from `first` on."""
        if first < self.first_logits:
            return self.all_logits[:0]
        return self.all_logits[first - self.first_logits : self.num_logits]


@dataclass(slots=True, eq=False)
class Lease:
    """A running request's hold on a slot: `own` are the cells of its continuations.

    While it is reading, the slot is its alone; afterwards others may write behind the first `num_pinned` tokens.
    """

    slot: Slot
    own: list[Cells]
    num_pinned: int
    is_reading: bool = True

    @property
    def num_bytes(self) -> int:
        return self.slot.num_bytes + sum(cells.lent.size for cells in self.own)

    def stop_reading(self, num_committed: int) -> None:
        self.is_reading = False
        self.num_pinned = num_committed

"""The engine's memory for keys and values: one piece, lent in ranges. Knows neither requests nor sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

# Ranges begin at cache lines.
ALIGNMENT = 64


@dataclass(frozen=True, slots=True)
class CellShape:
    """What one token's keys and values of a model take."""

    num_layers: int
    num_heads: int
    head_size: int
    dtype: torch.dtype

    @property
    def numbers_per_layer(self) -> int:
        return 2 * self.num_heads * self.head_size

    @property
    def num_bytes(self) -> int:
        return self.num_layers * self.numbers_per_layer * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Range:
    """`size` bytes from `start` on, taken from an Arena until they are freed."""

    start: int
    size: int


class Arena:
    """Bytes under a budget. The lowest free range that fits is lent, so that memory never needed is never touched."""

    def __init__(self, budget: int, device: torch.device) -> None:
        self.budget = budget // ALIGNMENT * ALIGNMENT
        self.device = device
        self._memory = torch.empty(self.budget, dtype=torch.uint8, device=device)
        self._taken: list[Range] = []  # in the order of their starts

    @property
    def num_bytes(self) -> int:
        """Bytes that are lent."""
        return sum(taken.size for taken in self._taken)

    def all_as(self, dtype: torch.dtype) -> Tensor:
        return self._memory[: self.budget].view(dtype)

    def numbers(self, lent: Range, dtype: torch.dtype) -> Tensor:
        return self._memory[lent.start : lent.start + lent.size].view(dtype)

    def take(self, num_bytes: int) -> Range | None:
        """None where no free range is so large."""
        size = aligned(num_bytes)
        start = 0
        for place, taken in enumerate(self._taken):
            if taken.start - start >= size:
                return self._insert(place, Range(start, size))
            start = taken.start + taken.size
        if self.budget - start < size:
            return None
        return self._insert(len(self._taken), Range(start, size))

    def lend(self, num_bytes: int) -> Range:
        """For those who know that there is room."""
        lent = self.take(num_bytes)
        assert lent is not None, f"{num_bytes} bytes are more than is free of {self.budget}"
        return lent

    def free(self, lent: Range) -> None:
        self._taken.remove(lent)

    def _insert(self, place: int, lent: Range) -> Range:
        self._taken.insert(place, lent)
        return lent


class Cells:
    """Room for the keys and values of `capacity` tokens of one model.

    A layer's keys lie number by number and its values token by token: attention reads both from end to end.
    """

    def __init__(self, arena: Arena, lent: Range, shape: CellShape, capacity: int) -> None:
        self.lent = lent
        self.shape = shape
        self.capacity = capacity
        self._arena = arena

    @property
    def start(self) -> int:
        """Where they begin in the arena, counted in numbers of their dtype."""
        return self.lent.start // self.shape.dtype.itemsize

    @property
    def keys(self) -> Tensor:
        """(num_layers, num_heads, head_size, capacity)"""
        return self._part(0).view(-1, self.shape.num_heads, self.shape.head_size, self.capacity)

    @property
    def values(self) -> Tensor:
        """(num_layers, num_heads, capacity, head_size)"""
        return self._part(1).view(-1, self.shape.num_heads, self.capacity, self.shape.head_size)

    def copy_from(self, source: Cells, at: int, start: int, size: int) -> None:
        """Copies `size` tokens that begin at `start` in the source to `at` here."""
        self.keys[..., at : at + size] = source.keys[..., start : start + size]
        self.values[..., at : at + size, :] = source.values[..., start : start + size, :]

    def _part(self, number: int) -> Tensor:
        size = self.shape.num_layers * self.shape.numbers_per_layer * self.capacity
        numbers = self._arena.numbers(self.lent, self.shape.dtype)[:size]
        return numbers.view(self.shape.num_layers, 2, -1)[:, number]


def aligned(num_bytes: int) -> int:
    return -(-num_bytes // ALIGNMENT) * ALIGNMENT


def num_shared(some: Sequence[object], others: Sequence[object]) -> int:
    """How many first items two sequences have in common."""
    pairs = zip(some, others, strict=False)
    return next((number for number, (one, other) in enumerate(pairs) if one != other), min(len(some), len(others)))

"""Attention over cells in PyTorch's own operations: for a GPU, and to hold the compiled kernels against.

Shapes depend on how many tokens there are and on how many cells are looked at, never on whose cells they are, so that
decoding can be captured in a CUDA graph: addresses are computed on the device from six numbers per continuation.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from generation.engine.kv_cache import CellShape

# Of a continuation: start and capacity of the prompt's cells, how many it sees, then the same of its own.
Places = tuple[int, int, int, int, int, int]


class PromptAttention:
    """Tokens `start` to `end` of one prompt, each to all before it and itself; `cells` are their start and capacity."""

    def __init__(self, memory: Tensor, shape: CellShape, cells: tuple[int, int], start: int, end: int) -> None:
        self._memory = memory
        self._shape = shape
        self._first, self._capacity = cells
        self._start = start
        self._end = end
        positions = torch.arange(end, device=memory.device)
        self._is_seen = positions[None] <= positions[start:, None]  # (num_tokens, end)

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, layer: int) -> Tensor:
        """Each (num_tokens, num_heads, head_size), as is what comes back."""
        all_keys, all_values = self._cells(layer)
        all_keys[:, :, self._start : self._end] = keys.permute(1, 2, 0)
        all_values[:, self._start : self._end] = values.transpose(0, 1)
        scores = queries.transpose(0, 1) @ all_keys[:, :, : self._end]
        shares = _shares(scores, self._is_seen, self._shape.head_size).to(values.dtype)
        return (shares @ all_values[:, : self._end]).transpose(0, 1)

    def _cells(self, layer: int) -> tuple[Tensor, Tensor]:
        """Keys (num_heads, head_size, capacity) and values (num_heads, capacity, head_size)."""
        num_heads, head_size = self._shape.num_heads, self._shape.head_size
        size = self._shape.numbers_per_layer * self._capacity
        keys, values = self._memory[self._first + layer * size :][:size].chunk(2)
        return keys.view(num_heads, head_size, self._capacity), values.view(num_heads, self._capacity, head_size)


class DecodeAttention:
    """One token of each of several continuations, to the prompt's cells and to its own.

    `places` (num_rows, 6) has the Places of each; it writes the last of its own. None sees more than `most_shared` and
    `most_own`.
    """

    def __init__(self, memory: Tensor, shape: CellShape, places: Tensor, most_shared: int, most_own: int) -> None:
        self._memory = memory
        self._shape = shape
        self._places = places
        self._most_shared = most_shared
        self._most_own = most_own

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor, layer: int) -> Tensor:
        """Each (num_rows, num_heads, head_size), as is what comes back."""
        shared, own = self._places[:, :3], self._places[:, 3:]
        last = own[:, 2:] - 1
        self._memory[self._key_addresses(own, last, layer)] = keys[..., None]
        self._memory[self._value_addresses(own, last, layer)] = values[:, :, None]
        parts = [(shared, self._most_shared), (own, self._most_own)]
        positions = [torch.arange(size, device=queries.device).expand(len(queries), -1) for _, size in parts]
        is_seen = torch.cat([p < cells[:, 2:] for p, (cells, _) in zip(positions, parts, strict=True)], 1)
        # What is not seen may never have been written, so the last that is seen is read in its place.
        read = [p.minimum(cells[:, 2:] - 1).clamp(min=0) for p, (cells, _) in zip(positions, parts, strict=True)]
        places = [(cells, p, layer) for p, (cells, _) in zip(read, parts, strict=True)]
        all_keys = torch.cat([self._memory[self._key_addresses(*place)] for place in places], 3)
        all_values = torch.cat([self._memory[self._value_addresses(*place)] for place in places], 2)
        shares = _shares(queries[:, :, None] @ all_keys, is_seen[:, None, None], self._shape.head_size)
        return (shares.to(values.dtype) @ all_values)[:, :, 0]

    def _key_addresses(self, cells: Tensor, positions: Tensor, layer: int) -> Tensor:
        """Of the keys at `positions` (num_rows, size): (num_rows, num_heads, head_size, size)."""
        start, capacity = cells[:, 0, None, None, None], cells[:, 1, None, None, None]
        number = self._numbers(layer, 0).view(self._shape.num_heads, self._shape.head_size, 1)
        return start + number * capacity + positions[:, None, None]

    def _value_addresses(self, cells: Tensor, positions: Tensor, layer: int) -> Tensor:
        """Of the values at `positions` (num_rows, size): (num_rows, num_heads, size, head_size)."""
        head_size = self._shape.head_size
        start, capacity = cells[:, 0, None, None, None], cells[:, 1, None, None, None]
        first = self._numbers(layer, 1)[::head_size].view(self._shape.num_heads, 1, 1)
        of_head = torch.arange(head_size, device=cells.device)
        return start + first * capacity + positions[:, None, :, None] * head_size + of_head

    def _numbers(self, layer: int, part: int) -> Tensor:
        """A token's numbers in one layer, counted over all layers: its keys (part 0) or its values (part 1)."""
        width = self._shape.num_heads * self._shape.head_size
        return (2 * layer + part) * width + torch.arange(width, device=self._memory.device)


def split_heads(qkv: Tensor, shape: CellShape) -> tuple[Tensor, Tensor, Tensor]:
    """(num_tokens, 3 * width) to queries, keys and values (num_tokens, num_heads, head_size) in the cells' dtype."""
    queries, keys, values = qkv.to(shape.dtype).view(len(qkv), 3, shape.num_heads, shape.head_size).unbind(1)
    return queries, keys, values


def _shares(scores: Tensor, is_seen: Tensor, head_size: int) -> Tensor:
    scores = scores.float() / math.sqrt(head_size)
    return scores.masked_fill(~is_seen, -math.inf).softmax(-1)

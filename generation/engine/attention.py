"""Which cells each token of a batch writes and sees, and attention over them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numba
import numpy as np
import torch
from torch import Tensor

from generation.engine import attention_kernels
from generation.engine.compiling import max_threads
from generation.engine.kv_cache import Cells, CellShape


class AttentionPlan:
    """Built once per step and used by every layer; what is a token's own is given by its place in the batch.

    A token sees the first `num_shared` cells of its segment's, then its first `num_own` own ones, and the last of all
    these it writes. A prompt's tokens have no own cells: each sees one more of the shared ones than the token before
    it. Continuations of one prompt share its cells and have their own ones behind them.
    """

    def __init__(self, memory: Tensor, shape: CellShape, num_threads: int = 1) -> None:
        """`memory` is all of the arena, in the dtype of the cells."""
        self.memory = memory
        self.shape = shape
        self.num_threads = num_threads
        self._segments: list[tuple[int, int, int, int]] = []
        self._tokens: list[tuple[int, int, int, int]] = []

    @property
    def num_tokens(self) -> int:
        return len(self._tokens)

    def read_prompt(self, cells: Cells, start: int, end: int) -> None:
        """Adds the tokens at `start` to `end` of the prompt that `cells` hold."""
        self._add_segment(cells, end - start)
        self._tokens += [(num_shared, 0, 0, 0) for num_shared in range(start + 1, end + 1)]

    def decode(self, cells: Cells, num_shared: int, own: Sequence[tuple[Cells, int]]) -> None:
        """Adds one token for each continuation, of which `own` has the cells and how many it uses."""
        self._add_segment(cells, len(own))
        self._tokens += [(num_shared, mine.start, mine.capacity, num_own) for mine, num_own in own]

    def close(self) -> None:
        """After the last token: lays the numbers out for the layers."""
        self.segments = np.array(self._segments, dtype=np.int64).reshape(-1, 4)
        self.tokens = np.array(self._tokens, dtype=np.int64).reshape(-1, 4)
        self.is_compiled = self.memory.device.type == "cpu" and self.memory.dtype == torch.float32
        self.num_threads = min(self.num_threads, max_threads())
        if self.is_compiled and self.num_threads > 1:
            # Where Numba and PyTorch find the same OpenMP, Numba's first call sets PyTorch's threads too.
            numba.set_num_threads(self.num_threads)
            torch.set_num_threads(self.num_threads)

    def attend(self, qkv: Tensor, layer: int) -> Tensor:
        """Queries, keys and values (num_tokens, 3 * width) to what each token has gathered (num_tokens, width)."""
        if not self.is_compiled:
            return self.attend_plainly(qkv, layer)
        out = qkv.new_empty(qkv.shape[0], qkv.shape[1] // 3)
        attend = attention_kernels.attend if self.num_threads == 1 else attention_kernels.attend_in_parallel
        cells = self.memory.numpy()
        attend(qkv.numpy(), cells, layer, self.segments, self.tokens, self.shape.head_size, out.numpy())
        return out

    def attend_plainly(self, qkv: Tensor, layer: int) -> Tensor:
        """The same without the compiled kernel, for other devices and to compare with."""
        num_heads, head_size = self.shape.num_heads, self.shape.head_size
        queries, keys, values = qkv.to(self.memory.dtype).view(len(qkv), 3, num_heads, head_size).unbind(1)
        out = torch.empty_like(queries)
        for first, end, start, capacity in self._segments:
            shared = self._cells(start, capacity, layer)
            own: list[tuple[Tensor, Tensor]] = []
            for token in range(first, end):
                num_shared, own_start, own_capacity, num_own = self._tokens[token]
                own.append(self._cells(own_start, own_capacity, layer))
                written, number = (own[-1], num_own) if num_own else (shared, num_shared)
                written[0][:, :, number - 1] = keys[token]
                written[1][:, number - 1] = values[token]
            for token in range(first, end):
                num_shared, _, _, num_own = self._tokens[token]
                own_keys, own_values = own[token - first]
                seen_keys = torch.cat((shared[0][:, :, :num_shared], own_keys[:, :, :num_own]), 2)
                seen_values = torch.cat((shared[1][:, :num_shared], own_values[:, :num_own]), 1)
                scores = queries[token][:, None] @ seen_keys / math.sqrt(head_size)
                out[token] = (scores.float().softmax(-1).to(seen_values.dtype) @ seen_values)[:, 0]
        return out.flatten(1)

    def _add_segment(self, cells: Cells, size: int) -> None:
        self._segments.append((self.num_tokens, self.num_tokens + size, cells.start, cells.capacity))

    def _cells(self, start: int, capacity: int, layer: int) -> tuple[Tensor, Tensor]:
        """Keys (num_heads, head_size, capacity) and values (num_heads, capacity, head_size)."""
        num_heads, head_size = self.shape.num_heads, self.shape.head_size
        first = start + layer * self.shape.numbers_per_layer * capacity
        both = self.memory[first : first + self.shape.numbers_per_layer * capacity]
        keys, values = both.chunk(2)
        return keys.view(num_heads, head_size, capacity), values.view(num_heads, capacity, head_size)

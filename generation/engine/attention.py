"""Which cells each token of a batch writes and sees, and attention over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from generation.engine import attention_kernels
from generation.engine.attention_tensors import DecodeAttention, Places, PromptAttention, split_heads
from generation.engine.kv_cache import Cells, CellShape
from generation.engine.threads import kernel_threads


class AttentionPlan:
    """Built once per step and used by every layer; what is a token's own is given by its place in the batch.

    A token sees the first `num_shared` cells of its segment's, then its first `num_own` own ones, and the last of all
    these it writes. A prompt's tokens have no own cells: each sees one more of the shared ones than the token before
    it. Continuations of one prompt share its cells and have their own ones behind them.
    """

    def __init__(self, memory: Tensor, shape: CellShape) -> None:
        """`memory` is all of the arena, in the dtype of the cells."""
        self.memory = memory
        self.shape = shape
        self._segments: list[tuple[int, int, int, int]] = []
        self._tokens: list[tuple[int, int, int, int]] = []
        self._parts: list[tuple[list[int] | slice, PromptAttention | DecodeAttention]] | None = None

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

    def attend(self, qkv: Tensor, layer: int) -> Tensor:
        """Queries, keys and values (num_tokens, 3 * width) to what each token has gathered (num_tokens, width)."""
        if not self.is_compiled:
            return self.attend_plainly(qkv, layer)
        out = qkv.new_empty(qkv.shape[0], qkv.shape[1] // 3)
        attend = attention_kernels.attend_in_parallel if kernel_threads() > 1 else attention_kernels.attend
        cells = self.memory.numpy()
        attend(qkv.numpy(), cells, layer, self.segments, self.tokens, self.shape.head_size, out.numpy())
        return out

    def attend_plainly(self, qkv: Tensor, layer: int) -> Tensor:
        """The same without the compiled kernel, for other devices and to compare with."""
        queries, keys, values = split_heads(qkv, self.shape)
        out = torch.empty_like(queries)
        for tokens, attention in self._plain_parts():
            out[tokens] = attention.attend(queries[tokens], keys[tokens], values[tokens], layer)
        return out.flatten(1)

    @property
    def is_only_decoding(self) -> bool:
        return all(num_own for _, _, _, num_own in self._tokens)

    def decoding_places(self) -> list[Places]:
        """Of each token that continues a prompt, in the order of the batch: see DecodeAttention."""
        places: list[Places] = []
        for first, end, start, capacity in self._segments:
            for num_shared, own_start, own_capacity, num_own in self._tokens[first:end]:
                if num_own:
                    places.append((start, capacity, num_shared, own_start, own_capacity, num_own))
        return places

    def _plain_parts(self) -> list[tuple[list[int] | slice, PromptAttention | DecodeAttention]]:
        """Which tokens attend together, all continuations in one; worked out when first asked for."""
        if self._parts is None:
            decoding = [token for token, (_, _, _, num_own) in enumerate(self._tokens) if num_own]
            self._parts = [(decoding, self._decode_attention())] if decoding else []
            for first, end, *cells in self._segments:
                start, _, _, num_own = self._tokens[first]
                if not num_own:
                    prompt = PromptAttention(
                        self.memory, self.shape, (cells[0], cells[1]), start - 1, start - 1 + end - first
                    )
                    self._parts.append((slice(first, end), prompt))
        return self._parts

    def _decode_attention(self) -> DecodeAttention:
        places = torch.tensor(self.decoding_places(), device=self.memory.device)
        return DecodeAttention(self.memory, self.shape, places, int(places[:, 2].max()), int(places[:, 5].max()))

    def _add_segment(self, cells: Cells, size: int) -> None:
        self._segments.append((self.num_tokens, self.num_tokens + size, cells.start, cells.capacity))

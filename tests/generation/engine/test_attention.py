"""Attention over cells: right, and to the last bit a property of the token alone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from generation.engine import compiling
from generation.engine.attention import AttentionPlan
from generation.engine.kv_cache import Arena, Cells, CellShape
from generation.engine.threads import use_threads

NUM_LAYERS = 2


@dataclass
class Text:
    """The queries, keys and values of a text's tokens: (num_tokens, 3 * width)."""

    qkv: Tensor
    shape: CellShape

    @classmethod
    def of(
        cls, size: int, num_heads: int = 2, head_size: int = 16, seed: int = 0, dtype: torch.dtype = torch.float32
    ) -> Text:
        generator = torch.Generator().manual_seed(seed)
        shape = CellShape(NUM_LAYERS, num_heads, head_size, dtype)
        return cls(torch.randn(size, 3 * num_heads * head_size, generator=generator), shape)

    def expected(self) -> Tensor:
        queries, keys, values = self.qkv.view(len(self.qkv), 3, self.shape.num_heads, -1).permute(1, 2, 0, 3)
        attend = torch.nn.functional.scaled_dot_product_attention
        return attend(queries[None], keys[None], values[None], is_causal=True)[0].transpose(0, 1).flatten(1)


class Memory:
    """Garbage to begin with, as memory is."""

    def __init__(self, shape: CellShape, num_threads: int = 1) -> None:
        self.shape = shape
        self.num_threads = num_threads
        self.arena = Arena(4 * 2**20, torch.device("cpu"))
        self.all = self.arena.all_as(shape.dtype)
        self.all.fill_(torch.nan)

    def cells(self, capacity: int) -> Cells:
        return Cells(self.arena, self.arena.lend(capacity * self.shape.num_bytes), self.shape, capacity)

    def plan(self) -> AttentionPlan:
        use_threads(self.num_threads)
        return AttentionPlan(self.all, self.shape)

    def read(self, text: Text, cells: Cells, start: int, end: int, layer: int = 1, plainly: bool = False) -> Tensor:
        plan = self.plan()
        plan.read_prompt(cells, start, end)
        plan.close()
        attend = plan.attend_plainly if plainly else plan.attend
        return attend(text.qkv[start:end], layer)


def read_in_chunks(text: Text, chunks: list[int], capacity: int, **options: bool) -> Tensor:
    memory, start, parts = Memory(text.shape), 0, []
    cells = memory.cells(capacity)
    for size in chunks:
        parts.append(memory.read(text, cells, start, start + size, **options))
        start += size
    return torch.cat(parts)


def decode_from(text: Text, num_shared: int, num_beside: int = 0, num_threads: int = 1) -> Tensor:
    """The last tokens one by one, from cells of their own, beside others that continue other prompts."""
    memory = Memory(text.shape, num_threads)
    shared, own = memory.cells(240), memory.cells(112)
    memory.read(text, shared, 0, num_shared)
    neighbours = [Text.of(9, text.shape.num_heads, text.shape.head_size, seed) for seed in range(1, 1 + num_beside)]
    others = [(neighbour, memory.cells(16)) for neighbour in neighbours]
    parts = []
    for token in range(num_shared, len(text.qkv)):
        plan = memory.plan()
        for _, cells in others:
            plan.read_prompt(cells, 0, 9)
        plan.decode(shared, num_shared, [(own, token + 1 - num_shared)])
        plan.close()
        batch = torch.cat([other.qkv for other, _ in others] + [text.qkv[token : token + 1]])
        parts.append(plan.attend(batch, 1)[-1:])
    return torch.cat(parts)


@pytest.mark.parametrize("plainly", [False, True])
@pytest.mark.parametrize(("num_heads", "head_size"), [(2, 16), (1, 64), (3, 7)])
def test_it_is_causal_attention(num_heads: int, head_size: int, plainly: bool) -> None:
    text = Text.of(100, num_heads, head_size)
    torch.testing.assert_close(read_in_chunks(text, [100], 112, plainly=plainly), text.expected(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("num_shared", [1, 64, 90])
def test_it_is_causal_attention_in_bfloat16_cells(num_shared: int) -> None:
    """As a GPU computes it: from cells in bf16, and what comes back is in bf16 too."""
    text = Text.of(100, num_heads=3, head_size=64, dtype=torch.bfloat16)
    read = read_in_chunks(text, [num_shared, 100 - num_shared], 112)
    written = decode_from(text, num_shared, num_beside=2)
    assert read.dtype == written.dtype == torch.bfloat16
    for found, expected in ((read, text.expected()), (written, text.expected()[num_shared:])):
        torch.testing.assert_close(found.float(), expected, rtol=0.02, atol=0.02)
    # No closer than bf16 can be: else nothing was rounded to it.
    assert (read.float() - text.expected()).abs().mean() > 1e-4


def test_extreme_scores_overflow_nothing() -> None:
    text = Text.of(40)
    text.qkv.mul_(60)
    torch.testing.assert_close(read_in_chunks(text, [40], 48), text.expected(), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("chunks", [[1] * 100, [3, 97], [64, 36], [50, 1, 49]])
@pytest.mark.parametrize("capacity", [112, 240])
def test_chunks_and_room_change_no_bit(chunks: list[int], capacity: int) -> None:
    text = Text.of(100)
    assert torch.equal(read_in_chunks(text, chunks, capacity), read_in_chunks(text, [100], 128))


@pytest.mark.parametrize("num_shared", [1, 16, 63, 64, 90])
def test_own_cells_and_neighbours_change_no_bit(num_shared: int) -> None:
    text = Text.of(100)
    whole = read_in_chunks(text, [100], 112)[num_shared:]
    assert torch.equal(decode_from(text, num_shared), whole)
    assert torch.equal(decode_from(text, num_shared, num_beside=5), whole)


def test_threads_change_no_bit() -> None:
    text = Text.of(90, num_heads=3)
    alone = decode_from(text, 80)
    assert torch.equal(decode_from(text, 80, num_beside=2, num_threads=compiling.max_threads()), alone)


def test_continuations_of_one_prompt_see_only_their_own_tokens() -> None:
    memory = Memory(Text.of(1).shape)
    texts = [Text.of(30, seed=seed) for seed in range(3)]
    for text in texts[1:]:
        text.qkv[:20] = texts[0].qkv[:20]
    shared, own = memory.cells(32), [memory.cells(16) for _ in texts]
    memory.read(texts[0], shared, 0, 20)
    for token in range(20, 30):
        plan = memory.plan()
        plan.decode(shared, 20, [(cells, token - 19) for cells in own])
        plan.close()
        together = plan.attend(torch.stack([text.qkv[token] for text in texts]), 1)
    for row, text in enumerate(texts):
        assert torch.equal(together[row], read_in_chunks(text, [30], 32)[-1])


def test_the_exponential_is_the_right_one() -> None:
    for number in (-200.0, -87.0, -20.0, -1.0, -1e-4, 0.0, 1.0, 50.0):
        expected = torch.tensor(max(number, -87.0)).exp().item()
        assert compiling.exp(torch.tensor(number).numpy()[()]) == pytest.approx(expected, rel=5e-7)

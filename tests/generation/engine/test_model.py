"""Our forward pass against transformers'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel

from generation.engine.attention import AttentionPlan
from generation.engine.kv_cache import Arena, Cells
from generation.engine.model import GPT2
from generation.engine.weights import read_shape, read_sizes, read_weights

# The widths and heads of the published checkpoints, and as many of their layers as a test has time for.
PUBLISHED = {
    "distilgpt2": {"n_embd": 768, "n_head": 12, "n_layer": 6},
    "gpt2": {"n_embd": 768, "n_head": 12, "n_layer": 2},
    "gpt2-medium": {"n_embd": 1024, "n_head": 16, "n_layer": 2},
    "gpt2-large": {"n_embd": 1280, "n_head": 20, "n_layer": 2},
    "gpt2-xl": {"n_embd": 1600, "n_head": 25, "n_layer": 2},
}


def load(folder: Path, dtype: torch.dtype = torch.float32) -> GPT2:
    shape = read_shape(folder)
    return GPT2(read_weights(folder, read_sizes(folder, shape)), shape, dtype)


class Memory:
    """Cells for a model's tokens, and plans over them."""

    def __init__(self, model: GPT2) -> None:
        self.model = model
        self.arena = Arena(32 * 2**20, torch.device("cpu"))

    def cells(self, capacity: int = 240) -> Cells:
        lent = self.arena.take(capacity * self.model.cell_shape.num_bytes)
        assert lent is not None
        return Cells(self.arena, lent, self.model.cell_shape, capacity)

    def plan(self) -> AttentionPlan:
        return AttentionPlan(self.arena.all_as(self.model.cell_shape.dtype), self.model.cell_shape)

    def read(self, cells: Cells, token_ids: list[int], start: int, end: int) -> Tensor:
        plan = self.plan()
        plan.read_prompt(cells, start, end)
        plan.close()
        positions = list(range(start, end))
        return self.model.forward(token_ids[start:end], positions, plan, list(range(end - start)))


@torch.inference_mode()
def read(model: GPT2, token_ids: list[int], chunks: list[int]) -> Tensor:
    memory, outputs, start = Memory(model), [], 0
    cells = memory.cells()
    for size in chunks:
        outputs.append(memory.read(cells, token_ids, start, start + size))
        start += size
    return torch.cat(outputs)


def random_tokens(model: GPT2, size: int) -> list[int]:
    return torch.randint(0, model.shape.vocab_size, (size,), generator=torch.Generator().manual_seed(1)).tolist()


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"n_layer": 1, "n_embd": 128, "n_head": 1},
        {"n_layer": 3, "n_embd": 48, "n_head": 6},
        {"n_inner": 100, "layer_norm_epsilon": 1e-3, "activation_function": "gelu_pytorch_tanh"},
    ],
)
def test_logits_are_those_of_transformers(make_checkpoint: Callable[..., Path], config: dict[str, object]) -> None:
    folder = make_checkpoint(seed=7, **config)
    model = load(folder)
    token_ids = random_tokens(model, 100)
    with torch.inference_mode():
        expected = GPT2LMHeadModel.from_pretrained(folder).eval()(torch.tensor([token_ids])).logits[0]
    assert (read(model, token_ids, [100]) - expected).abs().max() <= 1e-4 * expected.abs().max()


@torch.inference_mode()
@pytest.mark.parametrize("name", PUBLISHED)
def test_logits_of_the_published_shapes_are_those_of_transformers(tmp_path: Path, name: str) -> None:
    config = GPT2Config(vocab_size=400, bos_token_id=0, eos_token_id=0, initializer_range=0.05, **PUBLISHED[name])
    config.architectures = ["GPT2LMHeadModel"]
    config.save_pretrained(tmp_path)
    torch.manual_seed(3)
    reference = GPT2LMHeadModel(config).eval()
    for name_of_weight, weight in reference.named_parameters():
        if name_of_weight.endswith("bias") or "ln_" in name_of_weight:
            weight += 0.1 * torch.randn_like(weight)
    model = GPT2(reference.transformer.state_dict(), read_shape(tmp_path), torch.float32)
    token_ids = random_tokens(model, 200)
    expected = reference(torch.tensor([token_ids])).logits[0]
    furthest_off = (read(model, token_ids, [150, 49, 1]) - expected).abs().max().item()
    assert furthest_off <= 1e-4 * expected.abs().max().item()


@pytest.mark.parametrize("chunks", [[1] * 60, [17, 1, 42], [59, 1]])
def test_reading_in_chunks_changes_nothing(checkpoint_folder: Path, chunks: list[int]) -> None:
    model = load(checkpoint_folder)
    token_ids = random_tokens(model, 60)
    torch.testing.assert_close(read(model, token_ids, chunks), read(model, token_ids, [60]), rtol=1e-4, atol=1e-4)


def test_bfloat16_is_close(checkpoint_folder: Path) -> None:
    token_ids = random_tokens(load(checkpoint_folder), 60)
    exact = read(load(checkpoint_folder), token_ids, [60])
    rounded = read(load(checkpoint_folder, torch.bfloat16), token_ids, [60])
    assert rounded.dtype == torch.float32
    assert (rounded - exact).abs().mean() <= 0.02 * exact.abs().mean()


def test_cells_in_bfloat16_are_close(checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers of a GPU, computed on a CPU: weights and cells in bf16, and attention without the compiled kernel."""
    token_ids = random_tokens(load(checkpoint_folder), 60)
    exact = read(load(checkpoint_folder), token_ids, [60])
    shape = load(checkpoint_folder).cell_shape
    monkeypatch.setattr(GPT2, "cell_shape", replace(shape, dtype=torch.bfloat16))
    rounded = read(load(checkpoint_folder, torch.bfloat16), token_ids, [40, 19, 1])
    assert rounded.dtype == torch.float32
    assert 0 < (rounded - exact).abs().mean() <= 0.03 * exact.abs().mean()


@torch.inference_mode()
def test_rows_that_share_a_prompt_see_only_their_own_tokens(checkpoint_folder: Path) -> None:
    model = load(checkpoint_folder)
    memory = Memory(model)
    prompt, first, second = random_tokens(model, 20), [3, 4, 5], [6, 7, 8]
    shared, own = memory.cells(), [memory.cells(16), memory.cells(16)]
    memory.read(shared, prompt, 0, 20)
    for step in range(3):
        plan = memory.plan()
        plan.decode(shared, 20, [(cells, step + 1) for cells in own])
        plan.close()
        both = model.forward([first[step], second[step]], [20 + step] * 2, plan, [0, 1])
    for row, tokens in enumerate((first, second)):
        alone = read(model, prompt + tokens, [23])[-1]
        torch.testing.assert_close(both[row], alone, rtol=1e-4, atol=1e-4)


def test_logits_of_a_row_do_not_depend_on_its_neighbours(checkpoint_folder: Path) -> None:
    model = load(checkpoint_folder)
    token_ids = random_tokens(model, 8)

    @torch.inference_mode()
    def first_row(num_neighbours: int) -> Tensor:
        memory = Memory(model)
        plan = memory.plan()
        for _ in range(1 + num_neighbours):
            plan.read_prompt(memory.cells(16), 0, 8)
        plan.close()
        inputs = token_ids + random_tokens(model, 9)[1:] * num_neighbours
        positions = list(range(8)) * (1 + num_neighbours)
        return model.forward(inputs, positions, plan, [7, *range(15, len(inputs), 8)])[0]

    assert all(torch.equal(first_row(number), first_row(0)) for number in range(1, 12))

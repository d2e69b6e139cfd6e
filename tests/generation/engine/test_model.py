"""Our forward pass against transformers'."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import GPT2LMHeadModel

from generation.engine.model import GPT2, Segment
from generation.engine.weights import read_shape, read_weights


def load(folder: Path, dtype: torch.dtype = torch.float32) -> GPT2:
    shape = read_shape(folder)
    return GPT2(read_weights(folder, shape), shape, dtype)


def cells(model: GPT2, num_cells: int = 128) -> Tensor:
    shape = model.shape
    return torch.zeros(shape.num_layers, 2, shape.num_heads, num_cells, shape.head_size, dtype=model.dtype)


def causal(start: int, size: int) -> Tensor:
    return torch.full((128, 128), -math.inf).triu(1)[start : start + size, : start + size]


@torch.inference_mode()
def read(model: GPT2, token_ids: list[int], chunks: list[int]) -> Tensor:
    kv, outputs, start = cells(model), [], 0
    for size in chunks:
        segment = Segment(kv, start, size, causal(start, size).to(model.dtype))
        positions = list(range(start, start + size))
        outputs.append(model.forward(token_ids[start : start + size], positions, [segment], list(range(size))))
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


@torch.inference_mode()
def test_rows_that_share_a_prompt_see_only_their_own_tokens(checkpoint_folder: Path) -> None:
    model = load(checkpoint_folder)
    prompt, first, second = random_tokens(model, 20), [3, 4, 5], [6, 7, 8]
    kv = cells(model)
    model.forward(prompt, list(range(20)), [Segment(kv, 0, 20, causal(0, 20))], [19])
    mask = torch.full((2, 26), -math.inf)
    mask[:, :20] = 0
    for step in range(3):
        start = 20 + 2 * step
        mask[[0, 1], [start, start + 1]] = 0
        segment = Segment(kv, start, 2, mask[:, : start + 2])
        both = model.forward([first[step], second[step]], [20 + step] * 2, [segment], [0, 1])
    for row, own in enumerate((first, second)):
        alone = read(model, prompt + own, [23])[-1]
        torch.testing.assert_close(both[row], alone, rtol=1e-4, atol=1e-4)


def test_logits_of_a_row_do_not_depend_on_its_neighbours(checkpoint_folder: Path) -> None:
    model = load(checkpoint_folder)
    token_ids = random_tokens(model, 8)

    @torch.inference_mode()
    def first_row(num_neighbours: int) -> Tensor:
        segments = [Segment(cells(model), 0, 8, causal(0, 8)) for _ in range(1 + num_neighbours)]
        neighbour = random_tokens(model, 9)[1:]
        inputs = token_ids + neighbour * num_neighbours
        return model.forward(inputs, list(range(8)) * (1 + num_neighbours), segments, [7, *range(15, len(inputs), 8)])[
            0
        ]

    assert all(torch.equal(first_row(number), first_row(0)) for number in range(1, 12))

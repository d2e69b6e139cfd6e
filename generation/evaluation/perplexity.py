"""Measures how well a loaded checkpoint predicts a text, with the engine's own forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from generation.engine.attention import AttentionPlan
from generation.engine.kv_cache import Arena, Cells, aligned
from generation.engine.loading import LoadedCheckpoint
from generation.engine.model import GPT2
from generation.evaluation.loss import HeldOutLoss

# Tokens read at once: the logits of more take more memory than they save time.
CHUNK = 256


def ignore_progress(share: float) -> None:
    """For those who only wait for the result."""


@torch.inference_mode()
def measure(
    loaded: LoadedCheckpoint,
    text: str,
    stride: int = 0,
    max_tokens: int = 0,
    on_progress: Callable[[float], None] = ignore_progress,
) -> HeldOutLoss:
    """Reads `text` (or its first `max_tokens`) in windows of the whole context, each `stride` tokens on from the last.

    A stride of 0 is the whole context: windows do not overlap, and a window's first tokens are predicted from little.
    A smaller one counts only the last `stride` tokens of each window but the first, which takes as many times longer.
    """
    token_ids = [loaded.tokenizer.end_of_text, *loaded.tokenizer.encode(text)]
    token_ids = token_ids[: max_tokens + 1 if max_tokens else None]
    num_predicted, nats = len(token_ids) - 1, 0.0
    for first, counted, end in windows(num_predicted, loaded.model.shape.context_length, stride):
        losses = [
            functional.cross_entropy(logits, torch.tensor(targets), reduction="none")
            for logits, targets in _predict(loaded.model, token_ids[first : end + 1])
        ]
        nats += torch.cat(losses)[counted - first :].double().sum().item()
        on_progress(end / num_predicted)
    spelled = b"".join(loaded.tokenizer.token_bytes[token_id] for token_id in token_ids[1:])
    return HeldOutLoss(nats, num_predicted, len(spelled.decode("utf-8", errors="replace")))


def windows(num_tokens: int, context: int, stride: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yields where each window begins, where its tokens begin to count, and where it ends. Each token counts once."""
    counted = 0
    while counted < num_tokens:
        end = min(num_tokens, counted + (stride or context) if counted else context)
        first = max(0, end - context) if stride else counted
        yield first, counted, end
        counted = end


def _predict(model: GPT2, token_ids: Sequence[int]) -> Iterator[tuple[Tensor, list[int]]]:
    """Yields the logits (num_tokens, vocab_size) of a chunk of a window, on the CPU, and the tokens that did follow."""
    length, shape = len(token_ids) - 1, model.cell_shape
    arena = Arena(aligned(length * shape.num_bytes), model.device)
    lent = arena.take(length * shape.num_bytes)
    assert lent is not None
    cells = Cells(arena, lent, shape, length)
    for start in range(0, length, CHUNK):
        end = min(length, start + CHUNK)
        plan = AttentionPlan(arena.all_as(shape.dtype), shape, torch.get_num_threads())
        plan.read_prompt(cells, start, end)
        plan.close()
        logits = model.forward(token_ids[start:end], list(range(start, end)), plan, list(range(end - start)))
        yield logits.cpu(), list(token_ids[start + 1 : end + 1])

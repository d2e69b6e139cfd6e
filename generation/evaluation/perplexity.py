"""Measures how well a loaded checkpoint predicts a text, with the engine's own forward pass."""

from __future__ import annotations

from collections.abc import Callable

import torch

from generation.engine.loading import LoadedCheckpoint
from generation.engine.scoring import find_surprisals
from generation.evaluation.loss import HeldOutLoss


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
    """Reads `text` (or its first `max_tokens`) in windows as find_surprisals does."""
    token_ids = [loaded.tokenizer.end_of_text, *loaded.tokenizer.encode(text)]
    token_ids = token_ids[: max_tokens + 1 if max_tokens else None]
    num_predicted, num_read, nats = len(token_ids) - 1, 0, 0.0
    for surprisals in find_surprisals(loaded.model, token_ids, stride):
        nats += surprisals.double().sum().item()
        num_read += len(surprisals)
        on_progress(num_read / num_predicted)
    spelled = b"".join(loaded.tokenizer.token_bytes[token_id] for token_id in token_ids[1:])
    return HeldOutLoss(nats, num_predicted, len(spelled.decode("utf-8", errors="replace")))

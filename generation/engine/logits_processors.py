"""What changes logits before a token is drawn, as transformers' processors do. Row by row, in fp32."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


def penalise_repetition(logits: Tensor, rows: Iterable[tuple[int, float, Sequence[int]]]) -> None:
    """Makes tokens that a row has seen less likely, in place; `rows` are (row, penalty, seen token ids).

    The formula is CTRL's (arXiv 1909.05858): a positive logit is divided, a negative one multiplied.
    """
    for row, penalty, seen in rows:
        if penalty == 1 or not seen:
            continue
        token_ids = torch.tensor(list(set(seen)), device=logits.device)
        scores = logits[row, token_ids]
        logits[row, token_ids] = torch.where(scores < 0, scores * penalty, scores / penalty)


def allow_only(logits: Tensor, row: int, token_ids: Tensor) -> None:
    """Forbids a row every token but these, in place."""
    allowed = logits[row, token_ids]
    logits[row] = -math.inf
    logits[row, token_ids] = allowed


def apply_temperature(logits: Tensor, temperatures: Tensor) -> Tensor:
    """`temperatures` (num_rows,). The largest logit becomes 0, so that no temperature overflows."""
    return (logits - logits.amax(-1, keepdim=True)) / temperatures[:, None]


def drop_below_top_k(probabilities: Tensor, top_k: Tensor) -> Tensor:
    """`probabilities` (num_rows, width) in falling order; `top_k` (num_rows,), 0 keeps all."""
    rank = torch.arange(probabilities.shape[1], device=probabilities.device)
    is_kept = (rank < top_k[:, None]) | (top_k[:, None] == 0)
    return probabilities * is_kept


def drop_beyond_top_p(probabilities: Tensor, top_p: Tensor) -> Tensor:
    """`probabilities` (num_rows, width) in falling order: keeps the first ones that reach `top_p` together."""
    mass_before = probabilities.cumsum(-1) - probabilities
    is_kept = (mass_before < top_p[:, None]) | (top_p[:, None] >= 1)
    is_kept[:, 0] = True
    return probabilities * is_kept

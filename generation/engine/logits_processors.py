"""What changes logits before a token is drawn, as transformers' processors do. Row by row, in fp32, in place."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor


def penalise_repetition(logits: Tensor, row: int, penalty: float, seen: Sequence[int]) -> None:
    """Makes tokens that a row has seen less likely.

    The formula is CTRL's (arXiv 1909.05858): a positive logit is divided, a negative one multiplied.
    """
    token_ids = torch.tensor(sorted(set(seen)), dtype=torch.long, device=logits.device)
    scores = logits[row, token_ids]
    logits[row, token_ids] = torch.where(scores < 0, scores * penalty, scores / penalty)


def penalise_own(logits: Tensor, row: int, presence: float, frequency: float, own: Sequence[int]) -> None:
    """Makes tokens that the continuation `own` has less likely: once for being there, and once for each time.

    As OpenAI's interface defines presence_penalty and frequency_penalty.
    """
    counts = Counter(own)
    token_ids = torch.tensor(list(counts), device=logits.device)
    logits[row, token_ids] -= presence + frequency * torch.tensor(list(counts.values()), device=logits.device)


def add_bias(logits: Tensor, row: int, biases: Sequence[tuple[int, float]]) -> None:
    token_ids = torch.tensor([token_id for token_id, _ in biases], device=logits.device)
    amounts = torch.tensor([amount for _, amount in biases], dtype=logits.dtype, device=logits.device)
    logits[row].index_add_(0, token_ids, amounts)


def forbid(logits: Tensor, row: int, token_ids: Tensor) -> None:
    logits[row, token_ids] = -math.inf


def allow_only(logits: Tensor, row: int, token_ids: Tensor) -> None:
    """Forbids a row every token but these."""
    allowed = logits[row, token_ids]
    logits[row] = -math.inf
    logits[row, token_ids] = allowed


def apply_temperature(logits: Tensor, temperatures: Tensor) -> None:
    """`temperatures` (num_rows,). The largest logit becomes 0, so that no temperature overflows."""
    logits.sub_(logits.amax(-1, keepdim=True)).div_(temperatures[:, None])


def keep_top_k(logits: Tensor, top_k: Tensor) -> None:
    """`top_k` (num_rows,), 0 keeps all."""
    rows = (top_k > 0).nonzero()[:, 0]
    if not len(rows):
        return
    ranks = top_k[rows].clamp(max=logits.shape[1])
    highest = logits[rows].topk(int(ranks.max())).values
    lowest_kept = highest.gather(1, ranks[:, None] - 1)
    logits[rows] = logits[rows].masked_fill(logits[rows] < lowest_kept, -math.inf)

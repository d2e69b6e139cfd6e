"""Draws one token per row, as transformers' sampling does, without sorting the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from generation.engine.logits_processors import apply_temperature, keep_top_k
from generation.messages import SamplingParams

# A token is drawn from the whole distribution and drawn again where top-p would have dropped it: the tokens that
# stay have the right proportions, and whether one stays takes a sum, not a sort. Usually the first draw stays.
NUM_ATTEMPTS = 8
NUM_UNIFORMS = NUM_ATTEMPTS + 1

# Beyond these nothing changes any more, and tensors cannot hold every number that a request may name.
MIN_TEMPERATURE, MAX_TEMPERATURE = 1e-8, 1e8
MAX_TOP_K = 2**31


@dataclass(frozen=True, slots=True)
class RowParams:
    """The sampling params of each row (num_rows,), and the numbers in [0, 1) that decide its draw."""

    temperature: Tensor
    top_k: Tensor
    top_p: Tensor
    uniforms: Tensor  # (num_rows, NUM_UNIFORMS)

    @classmethod
    def of(cls, params: Sequence[SamplingParams], uniforms: Sequence[list[float]], device: torch.device) -> RowParams:
        # Greedy decoding is a choice among one token.
        temperature = [min(max(row.temperature, MIN_TEMPERATURE), MAX_TEMPERATURE) for row in params]
        top_k = [min(row.top_k, MAX_TOP_K) if row.temperature else 1 for row in params]
        top_p = [row.top_p for row in params]
        return cls(
            torch.tensor(temperature, dtype=torch.float32, device=device),
            torch.tensor(top_k, device=device),
            torch.tensor(top_p, dtype=torch.float64, device=device),
            torch.tensor(uniforms, dtype=torch.float64, device=device),
        )


def draw_uniforms(random: Random) -> list[float]:
    return [random.random() for _ in range(NUM_UNIFORMS)]


def sample(logits: Tensor, params: RowParams) -> list[int]:
    """`logits` (num_rows, vocab_size), overwritten. A row's token depends on its own logits and params alone."""
    probabilities = find_probabilities(logits, params)
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    token_ids = torch.zeros(len(logits), dtype=torch.long, device=logits.device)
    rows, top_p, uniforms = torch.arange(len(logits), device=logits.device), params.top_p, params.uniforms
    for attempt in range(NUM_ATTEMPTS):
        drawn = _draw(cumulative, uniforms[:, attempt])
        is_kept = is_in_nucleus(probabilities, drawn, top_p)
        token_ids[rows[is_kept]] = drawn[is_kept]
        if is_kept.all():
            return token_ids.tolist()
        is_left = ~is_kept
        rows, top_p, uniforms = rows[is_left], top_p[is_left], uniforms[is_left]
        probabilities, cumulative = probabilities[is_left], cumulative[is_left]
    token_ids[rows] = draw_sorted(probabilities, top_p, uniforms[:, -1])
    return token_ids.tolist()


def find_probabilities(logits: Tensor, params: RowParams) -> Tensor:
    """Applies temperature and top-k, in transformers' order; top-p is left to the draw."""
    apply_temperature(logits, params.temperature)
    keep_top_k(logits, params.top_k)
    return logits.softmax(-1)


def is_in_nucleus(probabilities: Tensor, token_ids: Tensor, top_p: Tensor) -> Tensor:
    """Whether top-p keeps a token of each row: whether the likelier ones together stay below `top_p`."""
    own = probabilities.gather(1, token_ids[:, None])
    likelier = torch.where(probabilities > own, probabilities, 0).sum(-1, dtype=torch.float64)
    return (own[:, 0] > 0) & ((likelier < top_p) | (top_p >= 1))


def draw_sorted(probabilities: Tensor, top_p: Tensor, uniforms: Tensor) -> Tensor:
    """Draws from the nucleus itself, for rows whose nucleus is so small that it was never hit."""
    ranked, token_ids = probabilities.sort(-1, descending=True)
    mass = ranked.cumsum(-1, dtype=torch.float64)
    num_kept = 1 + (mass[:, :-1] < top_p[:, None]).sum(-1, keepdim=True)
    mass_kept = mass.gather(1, num_kept - 1)
    rank = torch.searchsorted(mass, uniforms[:, None] * mass_kept, right=True)
    return token_ids.gather(1, rank.minimum(num_kept - 1))[:, 0]


def _draw(cumulative: Tensor, uniforms: Tensor) -> Tensor:
    threshold = uniforms[:, None] * cumulative[:, -1:]
    token_ids = torch.searchsorted(cumulative, threshold, right=True)[:, 0]
    return token_ids.clamp(max=cumulative.shape[1] - 1)

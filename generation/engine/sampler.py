"""Draws one token per row, as transformers' sampling does, without sorting the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from random import Random

import torch
from torch import Tensor

from generation.engine.logits_processors import apply_temperature, keep_top_k
from generation.engine.sampling_kernel import draw_rows
from generation.messages import SamplingParams

# A token is drawn from the whole distribution and drawn again where top-p or min-p would have dropped it: the tokens
# that stay have the right proportions, and whether one stays takes a sum, not a sort. Usually the first draw stays.
NUM_ATTEMPTS = 8
NUM_UNIFORMS = NUM_ATTEMPTS + 1

# Beyond these nothing changes any more, and tensors cannot hold every number that a request may name.
MIN_TEMPERATURE, MAX_TEMPERATURE = 1e-8, 1e8


@dataclass(frozen=True, slots=True)
class RowParams:
    """The sampling params of each row (num_rows,), and the numbers in [0, 1) that decide its draw."""

    temperature: Tensor
    top_k: Tensor
    top_p: Tensor
    min_p: Tensor
    uniforms: Tensor  # (num_rows, NUM_UNIFORMS)

    @classmethod
    def of(cls, params: Sequence[SamplingParams], uniforms: Sequence[list[float]], device: torch.device) -> RowParams:
        # Greedy decoding is a choice among one token.
        temperature = [min(max(row.temperature, MIN_TEMPERATURE), MAX_TEMPERATURE) for row in params]
        top_k = [row.top_k if row.temperature else 1 for row in params]
        return cls(
            torch.tensor(temperature, dtype=torch.float32, device=device),
            torch.tensor(top_k, device=device),
            torch.tensor([row.top_p for row in params], dtype=torch.float64, device=device),
            torch.tensor([row.min_p for row in params], dtype=torch.float32, device=device),
            torch.tensor(uniforms, dtype=torch.float64, device=device),
        )

    def of_rows(self, numbers: Sequence[int]) -> RowParams:
        return RowParams(*(getattr(self, each.name)[numbers] for each in fields(self)))


def draw_uniforms(random: Random) -> list[float]:
    return [random.random() for _ in range(NUM_UNIFORMS)]


def sample(logits: Tensor, params: RowParams) -> list[int]:
    """`logits` (num_rows, vocab_size), overwritten. A row's token depends on its own logits and params alone."""
    probabilities = find_probabilities(logits, params)
    draw = draw_with_kernel if probabilities.device.type == "cpu" else draw_with_torch
    token_ids = draw(probabilities, params)
    (left,) = (token_ids < 0).nonzero(as_tuple=True)
    if len(left):
        chances = params.top_p[left], params.min_p[left], params.uniforms[left, -1]
        token_ids[left] = draw_sorted(probabilities[left], *chances)
    return token_ids.tolist()


def find_probabilities(logits: Tensor, params: RowParams) -> Tensor:
    """Applies temperature and top-k, in transformers' order; top-p and min-p are left to the draw."""
    apply_temperature(logits, params.temperature)
    keep_top_k(logits, params.top_k)
    return logits.softmax(-1)


def draw_with_kernel(probabilities: Tensor, params: RowParams) -> Tensor:
    """A token of each row (num_rows,), or -1 where NUM_ATTEMPTS draws hit none that the row may take."""
    token_ids = torch.empty(len(probabilities), dtype=torch.long)
    chances = params.top_p.numpy(), params.min_p.numpy(), params.uniforms[:, :NUM_ATTEMPTS].numpy()
    draw_rows(probabilities.numpy(), *chances, token_ids.numpy())
    return token_ids


def draw_with_torch(probabilities: Tensor, params: RowParams) -> Tensor:
    """As draw_with_kernel, on any device."""
    cumulative = probabilities.cumsum(-1, dtype=torch.float64)
    token_ids = torch.full((len(probabilities),), -1, device=probabilities.device)
    for attempt in range(NUM_ATTEMPTS):
        threshold = params.uniforms[:, attempt, None] * cumulative[:, -1:]
        drawn = torch.searchsorted(cumulative, threshold, right=True)[:, 0].clamp(max=cumulative.shape[1] - 1)
        is_taken = (token_ids < 0) & may_take(probabilities, drawn, params.top_p, params.min_p)
        token_ids = torch.where(is_taken, drawn, token_ids)
    return token_ids


def may_take(probabilities: Tensor, token_ids: Tensor, top_p: Tensor, min_p: Tensor) -> Tensor:
    """Whether a row may take its token: top-p keeps it if the likelier ones together stay below `top_p`, min-p
    (arXiv 2407.01082) if it is at least `min_p` times as likely as the likeliest."""
    own = probabilities.gather(1, token_ids[:, None])
    likelier = torch.where(probabilities > own, probabilities, 0).sum(-1, dtype=torch.float64)
    is_likely = own[:, 0] >= min_p * probabilities.amax(-1)
    return (own[:, 0] > 0) & is_likely & ((likelier < top_p) | (top_p >= 1))


def draw_sorted(probabilities: Tensor, top_p: Tensor, min_p: Tensor, uniforms: Tensor) -> Tensor:
    """Draws from the allowed tokens themselves, for rows where these are so few that they were never hit."""
    ranked, token_ids = probabilities.sort(-1, descending=True)
    mass = ranked.cumsum(-1, dtype=torch.float64)
    num_in_nucleus = 1 + (mass[:, :-1] < top_p[:, None]).sum(-1, keepdim=True)
    num_likely = (ranked >= min_p[:, None] * ranked[:, :1]).sum(-1, keepdim=True)
    num_kept = num_in_nucleus.minimum(num_likely)
    mass_kept = mass.gather(1, num_kept - 1)
    rank = torch.searchsorted(mass, uniforms[:, None] * mass_kept, right=True)
    return token_ids.gather(1, rank.minimum(num_kept - 1))[:, 0]

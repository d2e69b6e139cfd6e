"""Draws one token per row. Sorts only as many tokens as the draw needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine.logits_processors import apply_temperature, drop_below_top_k, drop_beyond_top_p
from generation.messages import SamplingParams

# Most draws fall among the likeliest tokens; a row whose draw may not is tried again with more of them.
WINDOWS = (256, 4096)


@dataclass(frozen=True, slots=True)
class RowParams:
    """The sampling params of each row, and the number in [0, 1) that decides its draw; all (num_rows,)."""

    temperature: Tensor
    top_k: Tensor
    top_p: Tensor
    uniform: Tensor

    @classmethod
    def of(cls, params: Sequence[SamplingParams], uniforms: Sequence[float], device: torch.device) -> RowParams:
        columns = [(row.temperature, row.top_k, row.top_p) for row in params]
        temperature, top_k, top_p = torch.tensor(columns, dtype=torch.float64, device=device).unbind(1)
        return cls(temperature, top_k, top_p, torch.tensor(uniforms, dtype=torch.float64, device=device))

    def take(self, rows: Tensor) -> RowParams:
        return RowParams(self.temperature[rows], self.top_k[rows], self.top_p[rows], self.uniform[rows])


@dataclass(frozen=True, slots=True)
class Nucleus:
    """The tokens that a draw may give, likeliest first; both (num_rows, width).

    `is_whole` says of each row whether tokens beyond `width` would be dropped anyway.
    """

    token_ids: Tensor
    probabilities: Tensor  # 0 where dropped; they need not add up to 1
    is_whole: Tensor


def sample(logits: Tensor, params: RowParams) -> list[int]:
    """`logits` (num_rows, vocab_size). A row's token depends on its own logits, params and uniform number alone."""
    token_ids = logits.argmax(-1)
    undecided = (params.temperature > 0).nonzero()[:, 0]
    for width in (*WINDOWS, logits.shape[1]):
        if not len(undecided):
            break
        drawn, is_decided = draw(logits[undecided], params.take(undecided), min(width, logits.shape[1]))
        token_ids[undecided[is_decided]] = drawn[is_decided]
        undecided = undecided[~is_decided]
    return token_ids.tolist()


def draw(logits: Tensor, params: RowParams, width: int) -> tuple[Tensor, Tensor]:
    """Returns the drawn token ids and whether each is what a look at all tokens would have given."""
    nucleus = find_nucleus(logits, params, width)
    mass = nucleus.probabilities.cumsum(-1)
    # A nucleus that reaches beyond the window is known in size only where it is everything.
    is_everything = (params.top_p >= 1) & (params.top_k == 0)
    total = torch.where(nucleus.is_whole | ~is_everything, mass[:, -1], mass.new_ones(()))
    threshold = params.uniform * total
    rank = (mass <= threshold[:, None]).sum(-1)
    is_decided = nucleus.is_whole | (is_everything & (rank < width))
    rank = torch.minimum(rank, (nucleus.probabilities > 0).sum(-1) - 1).clamp(min=0)
    return nucleus.token_ids.gather(1, rank[:, None])[:, 0], is_decided


def find_nucleus(logits: Tensor, params: RowParams, width: int) -> Nucleus:
    """Applies temperature, then top-k, then top-p, looking at the `width` likeliest tokens only."""
    top_logits, token_ids = logits.topk(width)
    # The largest logit of a row leads, so the window has the same reference as the whole row.
    temperature = params.temperature.to(logits.dtype)
    scaled = apply_temperature(logits, temperature)
    whole_mass = scaled.exp().sum(-1, dtype=torch.float64)
    weights = drop_below_top_k(apply_temperature(top_logits, temperature).double().exp(), params.top_k)
    is_inside = (params.top_k > 0) & (params.top_k <= width)
    total = torch.where(is_inside, weights.sum(-1), whole_mass)
    probabilities = weights / total[:, None]
    reaches_top_p = probabilities.sum(-1) >= params.top_p
    is_whole = is_inside | ((params.top_k == 0) & (params.top_p < 1) & reaches_top_p) | (width == logits.shape[1])
    return Nucleus(token_ids, drop_beyond_top_p(probabilities, params.top_p), is_whole.expand(len(logits)))

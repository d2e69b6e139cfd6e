"""What the model thought of the tokens that were drawn: from its own logits, before any sampling param."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from generation.messages import Thought


def think(logits: Tensor, token_ids: Sequence[int], num_alternatives: Sequence[int]) -> list[Thought]:
    """`logits` (num_rows, vocab_size); of each row the drawn token, and how many likeliest tokens to name."""
    log_probabilities = logits.log_softmax(-1)
    own = log_probabilities[range(len(token_ids)), list(token_ids)]
    ranks = 1 + (log_probabilities > own[:, None]).sum(-1)
    likeliest = log_probabilities.topk(min(max(num_alternatives, default=0), logits.shape[1]))
    named = zip(own.tolist(), ranks.tolist(), likeliest.indices.tolist(), likeliest.values.tolist(), strict=True)
    return [
        Thought(logprob, rank, tuple(zip(indices[:number], values[:number], strict=True)))
        for number, (logprob, rank, indices, values) in zip(num_alternatives, named, strict=True)
    ]

"""How badly a text was predicted."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeldOutLoss:
    """`nats` is the sum over `num_tokens` predicted tokens, which spell `num_characters`."""

    nats: float
    num_tokens: int
    num_characters: int

    @property
    def nats_per_token(self) -> float:
        return self.nats / self.num_tokens

    @property
    def perplexity(self) -> float:
        return math.exp(self.nats_per_token)

    @property
    def bits_per_character(self) -> float:
        return self.nats / math.log(2) / self.num_characters

    def __str__(self) -> str:
        return (
            f"{self.nats_per_token:.4f} nats/token (perplexity {self.perplexity:.1f}), "
            f"{self.bits_per_character:.4f} bits/character over {self.num_tokens} tokens"
        )

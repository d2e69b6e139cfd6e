"""The tokens in the order of their bytes: finds all that start with a text. Knows nothing of models."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor


class Vocabulary:
    """Every token with its bytes; tokens that share a beginning lie side by side."""

    def __init__(self, token_bytes: Sequence[bytes]) -> None:
        self.token_bytes = token_bytes
        order = sorted(range(len(token_bytes)), key=token_bytes.__getitem__)
        self._sorted_ids = torch.tensor(order)
        self._sorted_bytes = [token_bytes[token_id] for token_id in order]
        # Looking through all tokens takes milliseconds, and banned strings come again with every token.
        self.containing = lru_cache(maxsize=1024)(self._containing)

    def starting_with(self, beginning: bytes, but_not_with: bytes = b"") -> Tensor:
        """The ids of tokens whose bytes start with `beginning`, less those that go on with `but_not_with`."""
        first, end = self._range(beginning)
        if not but_not_with:
            return self._sorted_ids[first:end]
        first_excluded, end_excluded = self._range(beginning + but_not_with)
        return torch.cat((self._sorted_ids[first:first_excluded], self._sorted_ids[end_excluded:end]))

    def beginnings_of(self, text: bytes) -> Tensor:
        """The ids of tokens that are a proper beginning of `text`."""
        found: list[Tensor] = []
        for length in range(1, len(text)):
            first = bisect_left(self._sorted_bytes, text[:length])
            end = bisect_right(self._sorted_bytes, text[:length])
            found.append(self._sorted_ids[first:end])
        return torch.cat(found) if found else self._sorted_ids[:0]

    def _containing(self, text: bytes) -> Tensor:
        """The ids of tokens that have `text` somewhere in their bytes."""
        return torch.tensor([i for i, token in enumerate(self.token_bytes) if text in token], dtype=torch.long)

    def _range(self, beginning: bytes) -> tuple[int, int]:
        def head(token: bytes) -> bytes:
            return token[: len(beginning)]

        first = bisect_left(self._sorted_bytes, beginning, key=head)
        return first, bisect_right(self._sorted_bytes, beginning, lo=first, key=head)

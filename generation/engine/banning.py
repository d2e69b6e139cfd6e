"""Which tokens would bring a banned string into a text. Works on bytes: a string may span tokens in many ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from generation.engine.vocabulary import Vocabulary


def find_forbidden(banned: Sequence[bytes], before: bytes, missing: bytes, vocabulary: Vocabulary) -> Tensor:
    """The ids of the tokens that may not follow `before`.

    `missing` is what the next token must begin with since the prompt has it already (healing): a banned string that
    ends in there is the writer's own and forbids nothing.
    """
    found = [
        token_ids
        for string in banned
        for token_ids in _completing(string, before, missing, vocabulary)
        if len(token_ids)
    ]
    return torch.cat(found) if found else torch.empty(0, dtype=torch.long)


def _completing(string: bytes, before: bytes, missing: bytes, vocabulary: Vocabulary) -> Iterator[Tensor]:
    yield _ending_after(len(missing), string, vocabulary)
    for num_there in range(1, min(len(string) - 1, len(before)) + 1):
        rest = string[num_there:]
        if len(rest) > len(missing) and before.endswith(string[:num_there]):
            yield vocabulary.starting_with(rest)


def _ending_after(num_bytes: int, string: bytes, vocabulary: Vocabulary) -> Tensor:
    """Tokens with `string` in them, not counting where it ends within their first `num_bytes`."""
    token_ids = vocabulary.containing(string)
    if len(string) > num_bytes:
        return token_ids
    first = num_bytes - len(string) + 1
    return torch.tensor(
        [i for i in token_ids.tolist() if string in vocabulary.token_bytes[i][first:]], dtype=torch.long
    )

"""Continues a text that ends inside a word or after a space, as if the word had been written in one go.

The last word of a prompt is read again as the tokens t1 ... tk that spell it, and the model chooses how many of
them to keep: after t1 ... ti, any token may follow that starts with the bytes still missing. So "The ca" can go on
with " cat", which no reading of " ca" as a token of its own would find likely.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine.tokenizer import Tokenizer
from generation.engine.vocabulary import Vocabulary

# A longer last word (an address, a line of Chinese) is healed only in its last tokens.
MAX_PENDING_BYTES = 32
# Where the tokens that spell the pending text are each less probable than this, any other spelling will do.
HOPELESS = 1e-6


@dataclass(frozen=True, slots=True)
class HealablePrompt:
    """A prompt as the model reads it, and what the continuations' first tokens must spell.

    `token_ids` is `<|endoftext|>`, the committed tokens, and all but the last of the pending ones; after the first
    `num_committed + i` of them, `pending[i]` is missing.
    """

    token_ids: list[int]
    num_committed: int
    pending: list[bytes]
    pending_ids: list[int]
    ends_in_space: bool


def make_healable(text: str, tokenizer: Tokenizer, max_tokens: int) -> HealablePrompt:
    """Keeps the last `max_tokens` tokens of a text that has more, `<|endoftext|>` not counted."""
    before, word = split_last_word(text)
    word_ids = tokenizer.encode(word)
    num_pending = _num_pending([tokenizer.token_bytes[token_id] for token_id in word_ids])
    pending_ids = word_ids[len(word_ids) - num_pending :]
    committed = [*tokenizer.encode(before), *word_ids[: len(word_ids) - num_pending]]
    committed = [tokenizer.end_of_text, *committed[max(0, len(committed) + num_pending - max_tokens) :]]
    pieces = [tokenizer.token_bytes[token_id] for token_id in pending_ids]
    return HealablePrompt(
        token_ids=[*committed, *pending_ids[:-1]],
        num_committed=len(committed),
        pending=[b"".join(pieces[kept:]) for kept in range(max(1, num_pending))],
        pending_ids=pending_ids,
        ends_in_space=text.endswith(" "),
    )


def read_as_typed(token_ids: list[int]) -> HealablePrompt:
    """A prompt to be continued after its last token, wherever in a word that is."""
    return HealablePrompt(token_ids, len(token_ids), pending=[b""], pending_ids=[], ends_in_space=False)


def split_last_word(text: str) -> tuple[str, str]:
    """The last word takes the one whitespace character before it along, since tokens begin with their space.

    A text that ends in whitespace has that last character as its last word.
    """
    start = len(text)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    start = max(0, start - 1)
    return text[:start], text[start:]


@dataclass(slots=True)
class Healing:
    """What one continuation has still to spell before it may write freely."""

    missing: bytes
    forbids_space: bool
    is_loose: bool = False

    @property
    def is_done(self) -> bool:
        return not self.missing and not self.forbids_space

    def allowed(self, vocabulary: Vocabulary) -> Tensor:
        """The ids of the tokens that may come next; never none once a path has been chosen."""
        covering = vocabulary.starting_with(self.missing, but_not_with=b" " if self.forbids_space else b"")
        if not self.is_loose:
            return covering
        return torch.cat((covering, vocabulary.beginnings_of(self.missing)))

    def accept(self, token_bytes: bytes) -> bytes:
        """Takes the next token and returns what it adds to the text."""
        added = token_bytes[len(self.missing) :]
        self.missing = self.missing[len(token_bytes) :]
        # A continuation of "The cat " is "sat", also where the model spells the space as a token of its own.
        self.forbids_space = self.forbids_space and not added
        return added


@dataclass(frozen=True, slots=True)
class Paths:
    """The ways to continue a prompt: after which of its tokens, and how probable that is (log-weights)."""

    prompt: HealablePrompt
    log_weights: list[float]

    def choose(self, uniform: float, is_greedy: bool) -> tuple[int, Healing]:
        """Returns the number of pending tokens to keep and what is then missing."""
        best = max(self.log_weights)
        if best < math.log(HOPELESS) * len(self.log_weights):
            return 0, Healing(self.prompt.pending[0], self.prompt.ends_in_space, is_loose=True)
        kept = self.log_weights.index(best) if is_greedy else _draw(self.log_weights, best, uniform)
        return kept, Healing(self.prompt.pending[kept], self.prompt.ends_in_space)


def find_paths(prompt: HealablePrompt, logits: Tensor, vocabulary: Vocabulary) -> Paths:
    """`logits` (len(prompt.pending), vocab_size) are those after each number of kept pending tokens."""
    log_probabilities = logits.log_softmax(-1)
    log_weights: list[float] = []
    log_reached = 0.0
    for kept, missing in enumerate(prompt.pending):
        allowed = Healing(missing, prompt.ends_in_space).allowed(vocabulary)
        log_covered = log_probabilities[kept, allowed].logsumexp(0).item() if len(allowed) else -math.inf
        log_weights.append(log_reached + log_covered)
        if kept + 1 < len(prompt.pending):
            log_reached += log_probabilities[kept, prompt.pending_ids[kept]].item()
    return Paths(prompt, log_weights)


def _num_pending(pieces: Sequence[bytes]) -> int:
    num_bytes = 0
    for number, piece in enumerate(reversed(pieces)):
        num_bytes += len(piece)
        if number > 0 and num_bytes > MAX_PENDING_BYTES:
            return number
    return len(pieces)


def _draw(log_weights: Sequence[float], best: float, uniform: float) -> int:
    weights = [math.exp(log_weight - best) for log_weight in log_weights]
    threshold = uniform * sum(weights)
    for kept, weight in enumerate(weights):
        threshold -= weight
        if threshold < 0:
            return kept
    return weights.index(max(weights))

"""A word model with back-off that completes and continues text: what suggestions cost without a neural network."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

ORDER = 5
# A word with the space before it, a mark of punctuation, or white space.
_TOKEN = re.compile(r" ?\w+(?:['’]\w+)*| ?[^\w\s]+|\s+")
_LAST = "\U0010ffff"
# As many as any request asks for.
MOST_CANDIDATES = 3

Array = np.ndarray[tuple[int], np.dtype[np.int64]]


class NGrams:
    """Proposes the most frequent tokens after the longest context that the texts have, then those after shorter ones.

    Tokens are numbered in the order of their spelling, so those that begin alike are a range of numbers.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        tokens = [token for text in texts for token in tokenize(text)]
        self.names = sorted(set(tokens))
        self._numbers = {name: number for number, name in enumerate(self.names)}
        self._ids = np.fromiter((self._numbers[token] for token in tokens), np.int64, len(tokens))
        self._counts = np.bincount(self._ids)
        # Where each token stands: one piece of `_places` for each.
        self._places = np.argsort(self._ids, kind="stable")
        self._ends = np.cumsum(self._counts)

    def continuations(
        self, text: str, number: int, num_tokens: int, is_of_use: Callable[[str], bool] = lambda _: True
    ) -> list[str]:
        """Up to `number` texts, each beginning with another token; one is left as it is once it is of no use."""
        tokens, typed = split_typed(text)
        found: list[str] = []
        for start in self._starts(tokens, typed)[:number]:
            added = start
            while len(added) < num_tokens and is_of_use("".join(added)[len(typed) :]):
                added = [*added, *self.next_tokens([*tokens, *added], "", 1)]
            found.append("".join(added)[len(typed) :])
        return found

    def _starts(self, tokens: Sequence[str], typed: str) -> list[list[str]]:
        """Tokens that begin with what is typed; where that may be all of a word, what follows it."""
        longer = self.next_tokens(tokens, typed, MOST_CANDIDATES)
        if typed and typed not in longer:
            longer.append(typed)
        starts: list[list[str]] = []
        others: list[list[str]] = []
        for token in longer:
            if token != typed:
                starts.append([token])
            elif typed.strip():
                best, *rest = ([typed, token] for token in self.next_tokens([*tokens, typed], "", MOST_CANDIDATES))
                starts.append(best)
                others += rest
        return starts + others

    def next_tokens(self, tokens: Sequence[str], typed: str, number: int) -> list[str]:
        """The likeliest tokens that begin with `typed`."""
        low, high = bisect_left(self.names, typed), bisect_left(self.names, typed + _LAST)
        found: dict[int, None] = {}
        for counts in self._followers(tokens):
            ranked = low + np.argsort(-counts[low:high], kind="stable")[:number]
            found |= dict.fromkeys(int(token) for token in ranked if counts[token])
            if len(found) >= number:
                break
        return [self.names[token] for token in found][:number]

    def _followers(self, tokens: Sequence[str]) -> Iterator[Array]:
        """How often each token followed, for contexts that get shorter; at last how often it stands anywhere."""
        places: list[Array] = []
        for back, token in enumerate(reversed(tokens[-(ORDER - 1) :])):
            number = self._numbers.get(token, -1)
            if number < 0:
                break
            if not places:
                ends = self._places[self._ends[number] - self._counts[number] : self._ends[number]]
                places.append(ends[ends < len(self._ids) - 1])
            else:
                known = places[-1][places[-1] >= back]
                places.append(known[self._ids[known - back] == number])
        for ends in reversed(places):
            if len(ends):
                yield np.bincount(self._ids[ends + 1], minlength=len(self.names))
        yield self._counts


def tokenize(text: str) -> list[str]:
    return _TOKEN.findall(text)


def split_typed(text: str) -> tuple[list[str], str]:
    """The tokens before the one being typed, and what is typed of it."""
    tokens = tokenize(text)
    if tokens and (tokens[-1] == " " or tokens[-1][-1].isalnum()):
        return tokens[:-1], tokens[-1]
    return tokens, ""

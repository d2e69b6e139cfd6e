"""Which stored continuations still fit a text that has been typed on. Pure: names keys and reads values, no Redis.

A continuation is stored under the text up to the start of its prompt's last word, as that word and all that follows.
So one computed for "The cat" is stored under "The" as " cat sat down", and is found again, from the word starts
close before the caret, for "The cat s" as "at down".
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from generation.messages import FinishReason, SamplingParams

KEEP_S = 300
MAX_WORD_STARTS = 12
MAX_TYPED_LENGTH = 64
# Text further back than this hardly moves a continuation, and the browser's window of the text slides while one types.
MAX_CONTEXT_LENGTH = 2000
# A continuation with less text left is not worth showing: a few letters, or half a phrase where it was cut off.
MIN_TEXT_LEFT = 2
MIN_CUT_TEXT_LEFT = 8

# White space starts a word; in scripts written without spaces every character does.
_WORD_START = re.compile(r"(?<!\s)\s|[\u2e80-\U0010ffff]")
_FIRST_WORD = re.compile(r"\W*+\w\S*+")
# All other params decide what a text says. So does the seed, but who fixes one has a cache scope that names it.
UNKEYED_PARAMS = frozenset({"num_continuations", "max_time_ms", "num_alternatives", "seed"})


@dataclass(frozen=True, slots=True)
class CacheSpace:
    """Continuations are shared only within one space. `scope` names the text and the asker: "text/asker"."""

    scope: str
    checkpoint: str
    revision: str
    dtype: str
    params: SamplingParams

    def key(self, text: str) -> str:
        parts: list[Any] = [self.scope, self.checkpoint, self.revision, self.dtype, text[-MAX_CONTEXT_LENGTH:]]
        parts += [value for name, value in sorted(asdict(self.params).items()) if name not in UNKEYED_PARAMS]
        digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        return prefix_of(self.scope.partition("/")[0]) + digest


def prefix_of(text_name: str) -> str:
    """What the keys of all that was computed for one text begin with, so that it can be forgotten with the text."""
    return f"inkling:continuation:{hashlib.sha256(text_name.encode()).hexdigest()[:24]}:"


@dataclass(frozen=True, slots=True)
class CachedContinuation:
    """`text` begins after the prompt; all else is that of the continuation it is the rest of."""

    text: str
    finish_reason: FinishReason
    num_tokens: int
    seed: int
    index: int


def look_up_keys(space: CacheSpace, prompt: str) -> list[tuple[str, str]]:
    """(key, text typed since) of every place where a continuation of `prompt` may be stored, nearest first."""
    return [(space.key(prompt[:start]), prompt[start:]) for start in _word_starts(prompt)]


def entry(space: CacheSpace, prompt: str, continuations: list[CachedContinuation]) -> tuple[str, str] | None:
    """(key, value) to store, or None where there is nothing worth storing."""
    starts = _word_starts(prompt)
    useful = [continuation for continuation in continuations if _has_enough_left(continuation)]
    if not starts or not useful:
        return None
    last_word = prompt[starts[0] :]
    stored = [{**asdict(continuation), "text": last_word + continuation.text} for continuation in useful]
    return space.key(prompt[: starts[0]]), json.dumps(stored)


def fitting(found: list[tuple[str, str | None]], is_distinct: bool = False) -> list[CachedContinuation]:
    """What is left of the stored continuations that agree with the text typed since; all different.

    `found` holds (text typed since, stored value or None) in the order of `look_up_keys`. Continuations that were drawn
    together begin as differently as they should; with `is_distinct` none joins them that begins as one of them does.
    """
    different: dict[str, CachedContinuation] = {}
    for typed, value in found:
        rests = _rests(typed, value) if value else []
        if is_distinct:
            rests = [rest for rest in rests if not any(text.startswith(_first_word(rest.text)) for text in different)]
        for rest in rests:
            different.setdefault(rest.text, rest)
    return list(different.values())


def _rests(typed: str, value: str) -> list[CachedContinuation]:
    stored = [CachedContinuation(**item) for item in json.loads(value)]
    rests = [replace(item, text=item.text[len(typed) :]) for item in stored if item.text.startswith(typed)]
    return [rest for rest in rests if _has_enough_left(rest)]


def _first_word(text: str) -> str:
    word = _FIRST_WORD.match(text)
    return word[0] if word else text


def _has_enough_left(continuation: CachedContinuation) -> bool:
    is_whole = continuation.finish_reason in ("stop", "length")
    return len(continuation.text.strip()) >= (MIN_TEXT_LEFT if is_whole else MIN_CUT_TEXT_LEFT)


def _word_starts(text: str) -> list[int]:
    """The last word starts, nearest first. The start of the text is one too."""
    lowest = max(0, len(text) - MAX_TYPED_LENGTH)
    starts = [match.start() for match in _WORD_START.finditer(text, lowest)]
    if lowest == 0 and starts[:1] != [0]:
        starts.insert(0, 0)
    return starts[: -MAX_WORD_STARTS - 1 : -1]

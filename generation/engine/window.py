"""Which part of a long prompt the model reads: its tail, beginning where the next keystroke's tail begins too."""

from __future__ import annotations

import re
from zlib import crc32

from generation.engine.tokenizer import Tokenizer

_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*\s+\Z")
_WHITE_SPACE = re.compile(r"\s*")
# Long enough to see the end of a sentence before a place, and to tell places apart.
_LOOK_AROUND = 24


def visible_tail(text: str, tokenizer: Tokenizer, max_tokens: int) -> str:
    """Returns `text`, or its tail of at most about `max_tokens` tokens.

    Positions are absolute in GPT-2, so a window that slid with every token would have to be read anew each time.
    Its start depends only on the text around it: of all places in a stride of a quarter of the window, the
    one whose hash is least wins, sentences before words. It stays until the stride has moved past it.
    """
    # No token has less than one byte, and most texts are short enough to need no count.
    if len(text.encode()) <= max_tokens:
        return text
    starts = tokenizer.token_starts(text)
    if len(starts) <= max_tokens:
        return text
    first = len(starts) - max_tokens
    stride = starts[first : first + max(1, max_tokens // 4)]
    # A token may begin inside a character that the one before it began; a place is where a whole one begins.
    places = [place for before, place in zip(starts[first - 1 :], stride, strict=False) if place != before]
    places = [_WHITE_SPACE.match(text, place).end() for place in places or stride]  # type: ignore[union-attr]
    return text[min(places, key=lambda place: _rank(text, place)) :]


def _rank(text: str, place: int) -> tuple[int, int]:
    before = text[max(0, place - _LOOK_AROUND) : place]
    other_kind = 1 if before[-1:].isspace() else 2
    kind = 0 if _SENTENCE_END.search(before) else other_kind
    return kind, crc32(text[place : place + _LOOK_AROUND].encode())

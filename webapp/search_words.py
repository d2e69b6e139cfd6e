"""Words as a search compares them: without case, accents and punctuation. Pure.

A folded text has a space before and behind every word, so that " cat" finds words that begin so and " cat " whole ones.
Scripts that put no space between words have one around every character; there any run of characters is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

MAX_WORDS: Final = 12
_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u3130-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_BETWEEN: Final = re.compile(r"[\W_]+")
_ALONE: Final = re.compile(f"([{_UNSPACED}])")
_WORD: Final = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}_])[\w'’\u0300-\u036f])+")
_WISH: Final = re.compile(r'"([^"]*)"?|(\S+)')
# Letters that are no other letter with a mark, and that people type without what is special about them.
_PLAIN: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "'": None, "’": None}
)

# What a snippet is looked for in, a part of the text at a time.
_WINDOW: Final = 2000
_MAX_WINDOWS: Final = 200
_LENGTH: Final = 100
_BEFORE: Final = 30


class Piece(NamedTuple):
    text: str
    is_hit: bool = False


def fold(text: str) -> str:
    """With a space at both ends; a single one where there are no words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", plain)).translate(_PLAIN)
    return " ".join(["", *_BETWEEN.sub(" ", _ALONE.sub(r" \1 ", plain)).split(), ""]) or " "


def wishes(query: str) -> list[str]:
    """The folded words and "quoted phrases" of a query, each to be found, without the spaces at their ends."""
    folded = (fold(phrase or word).strip() for phrase, word in _WISH.findall(query))
    return list(dict.fromkeys(wish for wish in folded if wish))[:MAX_WORDS]


def snippet(text: str, wanted: list[str]) -> list[Piece]:
    """The words around the place where most of what is wanted stands; nothing where none of it does."""
    place = _best_place(text, wanted)
    if place is None:
        return []
    start = text.rfind(" ", 0, max(place - _BEFORE, 0)) + 1
    start = max(start, place - 2 * _BEFORE)
    end = min(len(text), start + _LENGTH)
    pieces = list(_marked(text[start:end], wanted))
    return [Piece("…" if start else ""), *pieces, Piece("…" if end < len(text) else "")]


def _best_place(text: str, wanted: list[str]) -> int | None:
    """Of the first thing wanted in the first window that has the most of them."""
    best, most = 0, 0
    for start in range(0, min(len(text), _WINDOW * _MAX_WINDOWS), _WINDOW):
        # A little more than a window, for what stands across its end.
        folded = fold(text[start : start + _WINDOW + _LENGTH])
        number = sum(f" {wish}" in folded for wish in wanted)
        if number > most:
            best, most = start, number
        if most == len(wanted):
            break
    hits = _hits(text[best : best + _WINDOW + _LENGTH], wanted) if most else iter(())
    return next((best + first for first, _ in hits), None)


def _marked(text: str, wanted: list[str]) -> Iterator[Piece]:
    place = 0
    for first, last in _hits(text, wanted):
        if first >= place:
            yield Piece(_one_line(text[place:first]))
            yield Piece(_one_line(text[first:last]), is_hit=True)
            place = last
    yield Piece(_one_line(text[place:]))


def _hits(text: str, wanted: list[str]) -> Iterator[tuple[int, int]]:
    """Where words stand that begin as one that is wanted, or as many in a row as a wanted phrase has."""
    words = [(match.start(), match.end(), fold(match[0]).strip()) for match in _WORD.finditer(text)]
    for index, (start, _, _) in enumerate(words):
        for wish in wanted:
            row = words[index : index + wish.count(" ") + 1]
            if " ".join(folded for _, _, folded in row).startswith(wish):
                yield start, row[-1][1]
                break


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)

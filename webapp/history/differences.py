"""What is different between two texts, by words. Pure, and close to linear whatever the texts are.

A patience diff: words that occur once on both sides are fixed points, between them it goes on. Where there are none,
difflib compares what is short enough; the rest counts as rewritten.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from operator import attrgetter
from typing import Final, Literal, NamedTuple

Kind = Literal["kept", "deleted", "inserted"]

# A word with the space behind it. Scripts that put no space between words are compared by characters, and no token
# is long, so that a text of one endless line has words too.
_TOKEN: Final = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]\s?|\w{1,40}\s?|[^\w\s]\s?|\s")
_MAX_COMPARED: Final = 250_000  # tokens of one side times those of the other
_MAX_DEPTH: Final = 16


class Piece(NamedTuple):
    """The kept and deleted pieces, in order, are the one text; the kept and inserted ones the other."""

    kind: Kind
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """What turns `before` into `after`; between two kept pieces a deletion comes before an insertion."""
    found = _compare(_TOKEN.findall(before), _TOKEN.findall(after), 0)
    return list(_joined(_tidied(found)))


def _compare(before: Sequence[str], after: Sequence[str], depth: int) -> Iterator[Piece]:
    if not before and not after:
        return
    start = _common_start(before, after)
    end = _common_start(before[start:][::-1], after[start:][::-1])
    yield Piece("kept", "".join(before[:start]))
    yield from _compare_middle(before[start : len(before) - end], after[start : len(after) - end], depth)
    yield Piece("kept", "".join(before[len(before) - end :]))


def _common_start(before: Sequence[str], after: Sequence[str]) -> int:
    length = 0
    for one, other in zip(before, after, strict=False):
        if one != other:
            break
        length += 1
    return length


def _compare_middle(before: Sequence[str], after: Sequence[str], depth: int) -> Iterator[Piece]:
    anchors = _anchors(before, after) if before and after and depth < _MAX_DEPTH else []
    if not anchors:
        yield from _compare_directly(before, after)
        return
    start_before, start_after = 0, 0
    for in_before, in_after in [*anchors, (len(before), len(after))]:
        yield from _compare(before[start_before:in_before], after[start_after:in_after], depth + 1)
        yield Piece("kept", "".join(before[in_before : in_before + 1]))
        start_before, start_after = in_before + 1, in_after + 1


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """The most places, in order on both sides, of tokens that occur once in each."""
    once_before, once_after = _once(before), _once(after)
    shared = [(place, once_after[token]) for token, place in once_before.items() if token in once_after]
    return _longest_rising(shared)


def _once(tokens: Sequence[str]) -> dict[str, int]:
    """Those that occur once, with their places, in order."""
    counts = Counter(tokens)
    return {token: place for place, token in enumerate(tokens) if counts[token] == 1}


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of pairs that rise in their first number, the most that rise in the second too: by patience sorting."""
    ends: list[int] = []  # the smallest second number that a rise of each length ends with
    places: list[int] = []
    previous: list[int] = []
    for place, (_, second) in enumerate(pairs):
        length = bisect_left(ends, second)
        previous.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [second]
        places[length : length + 1] = [place]
    rising = []
    place = places[-1] if places else -1
    while place >= 0:
        rising.append(pairs[place])
        place = previous[place]
    return rising[::-1]


def _compare_directly(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    if len(before) * len(after) > _MAX_COMPARED:
        yield Piece("deleted", "".join(before))
        yield Piece("inserted", "".join(after))
        return
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    for tag, start_before, end_before, start_after, end_after in matcher.get_opcodes():
        if tag == "equal":
            yield Piece("kept", "".join(before[start_before:end_before]))
            continue
        yield Piece("deleted", "".join(before[start_before:end_before]))
        yield Piece("inserted", "".join(after[start_after:end_after]))


def _tidied(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Deletions before insertions in each stretch without kept text; white space at the ends of both is kept."""
    filled = (piece for piece in pieces if piece.text)
    for is_kept, stretch in groupby(filled, lambda piece: piece.kind == "kept"):
        if is_kept:
            yield from stretch
            continue
        texts = {"deleted": "", "inserted": ""}
        for piece in stretch:
            texts[piece.kind] += piece.text
        yield from _without_common_words(texts["deleted"], texts["inserted"])


def _without_common_words(deleted: str, inserted: str) -> Iterator[Piece]:
    """The tokens hold the space behind a word, so that the last word of two texts can be the same after all."""
    one, other = re.findall(r"\w+|\W", deleted), re.findall(r"\w+|\W", inserted)
    start = _common_start(one, other)
    end = _common_start(one[start:][::-1], other[start:][::-1])
    yield Piece("kept", "".join(one[:start]))
    yield Piece("deleted", "".join(one[start : len(one) - end]))
    yield Piece("inserted", "".join(other[start : len(other) - end]))
    yield Piece("kept", "".join(one[len(one) - end :]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    filled = (piece for piece in pieces if piece.text)
    for kind, same in groupby(filled, attrgetter("kind")):
        yield Piece(kind, "".join(piece.text for piece in same))

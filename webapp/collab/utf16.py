"""Counts and cuts text in UTF-16 units, as browsers do. Python's own indices count whole characters.

The two agree while a text holds no character beyond U+FFFF, so only texts with emoji and the like are cut as bytes.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from webapp.collab.errors import ChangeError


def length(text: str) -> int:
    """The number of UTF-16 units in `text`."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cut(text: str, lengths: Sequence[int]) -> list[str]:
    """Cuts `text` into consecutive pieces of the given lengths, which together are as long as `text`.

    Raises ChangeError where a cut would fall between the two halves of one character.
    """
    if not text.isascii():
        units = text.encode("utf-16-le")
        if len(units) > 2 * len(text):
            return [_decode(units, start, end) for start, end in _ranges(lengths)]
    return [text[start:end] for start, end in _ranges(lengths)]


def _ranges(lengths: Sequence[int]) -> Iterator[tuple[int, int]]:
    return pairwise(accumulate(lengths, initial=0))


def _decode(units: bytes, start: int, end: int) -> str:
    try:
        return units[2 * start : 2 * end].decode("utf-16-le")
    except UnicodeDecodeError as error:
        # Strict decoding fails exactly where a piece begins or ends with half a surrogate pair.
        position = start + error.start // 2
        raise ChangeError(f"a change begins or ends inside the character at position {position}") from None

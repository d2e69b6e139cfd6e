"""Counts and cuts text in UTF-16 units, as browsers do. Python's own indices count whole characters.

The two agree while a text holds no character beyond U+FFFF, so only texts with emoji and the like are cut as bytes.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from webapp.collab.errors import ChangeError


def length(text: str) -> int:
    """The number of UTF-16 units in `text`."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cut(text: str, lengths: Sequence[int]) -> list[str]:
    """Cuts `text` into consecutive pieces of the given lengths.

    Raises ChangeError where these are not all of it, or a cut would fall between the two halves of a character.
    """
    units = b"" if text.isascii() else text.encode("utf-16-le")
    num_units = len(units) // 2 or len(text)
    if sum(lengths) != num_units:
        raise ChangeError(f"a change for {sum(lengths)} units came, expected one for {num_units}")
    ranges = pairwise(accumulate(lengths, initial=0))
    if num_units > len(text):
        return [_decode(units, start, end) for start, end in ranges]
    return [text[start:end] for start, end in ranges]


def _decode(units: bytes, start: int, end: int) -> str:
    try:
        return units[2 * start : 2 * end].decode("utf-16-le")
    except UnicodeDecodeError as error:
        # Strict decoding fails exactly where a piece begins or ends with half a surrogate pair.
        position = start + error.start // 2
        raise ChangeError(f"a change begins or ends inside the character at position {position}") from None

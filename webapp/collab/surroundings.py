"""What stands around a place in a text, by which every browser finds the place again. Pure."""

from dataclasses import dataclass
from typing import Final

from webapp.collab import utf16
from webapp.collab.errors import ChangeError

# As in the browser: a change nearer than this before a place makes what was suggested for it another thing.
BEFORE_UNITS: Final = 64
AFTER_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`after` ends with the line: whoever begins a new paragraph there has not touched the place."""

    before: str
    after: str


def around(text: str, position: int) -> Surroundings:
    """Raises ChangeError where `position`, in UTF-16 units, is beyond the text or inside a character."""
    length = utf16.length(text)
    if not 0 <= position <= length:
        raise ChangeError(f"position {position} is not in a text of {length} units")
    before, behind = utf16.cut(text, [position, length - position])
    return Surroundings(_last_units(before), behind.split("\n", 1)[0][:AFTER_CHARACTERS])


def _last_units(text: str) -> str:
    tail = text[-BEFORE_UNITS:]
    while utf16.length(tail) > BEFORE_UNITS:
        tail = tail[1:]
    return tail

"""The parts of a change, in order: a stretch of the old text that is kept, or that is replaced. Knows no documents.

Follows `addSection`, `addInsert` and `SectionIter` of @codemirror/state (MIT) step by step, because two peers only
stay equal when both build the very same sections.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from webapp.collab import utf16

KEPT: Final = -1
DONE: Final = -2


class Section(NamedTuple):
    """`length` UTF-16 units of the old text; `inserted` is None where they are kept, else what replaces them."""

    length: int
    inserted: str | None

    @property
    def inserted_length(self) -> int:
        return KEPT if self.inserted is None else utf16.length(self.inserted)


class SectionBuilder:
    """Collects sections and joins what belongs together."""

    def __init__(self) -> None:
        self._sections: list[Section] = []

    def add(self, length: int, inserted: str | None, *, join: bool = False) -> None:
        """Adds one section; `join` makes it one with the section before."""
        if not length and not inserted:
            return
        if not self._sections:
            self._sections.append(Section(length, inserted))
            return
        last = self._sections[-1]
        are_same_kind = not inserted and inserted == last.inserted
        are_both_insertions = not length and not last.length
        if are_same_kind:
            self._sections[-1] = Section(last.length + length, inserted)
        elif are_both_insertions or join:
            self._sections[-1] = Section(last.length + length, (last.inserted or "") + (inserted or ""))
        else:
            self._sections.append(Section(length, inserted))

    def build(self) -> tuple[Section, ...]:
        return tuple(self._sections)

    def __len__(self) -> int:
        return len(self._sections)


class SectionCursor:
    """Walks over sections, any part of a section at a time."""

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        self.index = -1  # of the present section
        self.next()

    def next(self) -> None:
        """Goes to the next section, or to the end, where `inserted_length` is DONE."""
        self.index += 1
        self.offset = 0  # how much of the section is behind: units of the old text, or of the insertion in compose
        if self.index < len(self._sections):
            self.length, self.inserted = self._sections[self.index]
            self.inserted_length = self._sections[self.index].inserted_length
        else:
            self.length, self.inserted, self.inserted_length = 0, None, DONE

    @property
    def is_done(self) -> bool:
        return self.inserted_length == DONE

    @property
    def length_after(self) -> int:
        """How much of the section is left, in units of the new text."""
        return self.length if self.inserted_length < 0 else self.inserted_length

    def inserted_part(self, length: int) -> str:
        """The next `length` units of the insertion."""
        whole = self.inserted or ""
        rest = utf16.length(whole) - self.offset - length
        return utf16.cut(whole, (self.offset, length, rest))[1]

    def forward(self, length: int) -> None:
        """Moves on by `length` units of the old text."""
        if length == self.length:
            self.next()
            return
        self.length -= length
        self.offset += length

    def forward_after(self, length: int) -> None:
        """Moves on by `length` units of the new text."""
        if self.inserted_length == KEPT:
            self.forward(length)
        elif length == self.inserted_length:
            self.next()
        else:
            self.inserted_length -= length
            self.offset += length

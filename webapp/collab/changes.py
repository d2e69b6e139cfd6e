"""A change to a text, equal to CodeMirror's ChangeSet in every operation and in its JSON form. Pure.

Positions and lengths count UTF-16 units. The JSON form is a list of parts: `5` keeps five units, `[2]` deletes two,
`[2, "one", "two"]` replaces two by the given lines.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

from webapp.collab import utf16
from webapp.collab.errors import ChangeError
from webapp.collab.sections import Section, SectionBuilder
from webapp.collab.transform import compose_sections, map_sections

# CodeMirror counts CR LF as one, PostgreSQL stores no NUL, and half a surrogate pair is not text: all three would make
# two peers count differently. LF stands between lines, never in one.
_FORBIDDEN: Final = re.compile("[\r\n\0\ud800-\udfff]")
_MAX_LENGTH: Final = 2**31


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What an edit does to a text of exactly `length_before` units."""

    sections: tuple[Section, ...]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Reads the JSON form, which may come from anyone; raises ChangeError."""
        if not isinstance(value, list):
            raise ChangeError(f"changes are of type {type(value).__name__}, expected a list")
        builder = SectionBuilder()
        for part in value:
            builder.add(*_section_from_json(part))
        return cls(builder.build())

    @classmethod
    def replacing(cls, start: int, end: int, inserted: str, length: int) -> Self:
        """Replaces `start` to `end` of a text of `length` units by `inserted`."""
        builder = SectionBuilder()
        builder.add(start, None)
        builder.add(end - start, inserted)
        builder.add(length - end, None)
        return cls(builder.build())

    def to_json(self) -> list[int | list[int | str]]:
        return [_section_to_json(section) for section in self.sections]

    @property
    def length_before(self) -> int:
        return sum(section.length for section in self.sections)

    @property
    def length_after(self) -> int:
        return sum(section.length if section.inserted is None else section.inserted_length for section in self.sections)

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing."""
        return all(section.inserted is None for section in self.sections)

    def apply(self, text: str) -> str:
        """The text after the change; raises ChangeError where it does not fit `text`."""
        pieces = self._pieces(text)
        return "".join(
            piece if section.inserted is None else section.inserted
            for section, piece in zip(self.sections, pieces, strict=True)
        )

    def invert(self, text: str) -> "ChangeSet":
        """The change that leads back to `text`, which is the text before this change."""
        pieces = self._pieces(text)
        return ChangeSet(
            tuple(
                section if section.inserted is None else Section(section.inserted_length, piece)
                for section, piece in zip(self.sections, pieces, strict=True)
            )
        )

    def compose(self, other: "ChangeSet") -> "ChangeSet":
        """One change that does this and then `other`."""
        if self.length_after != other.length_before:
            raise ChangeError(f"a change for {other.length_before} units cannot follow one to {self.length_after}")
        if self.is_empty:
            return other
        return self if other.is_empty else ChangeSet(compose_sections(self.sections, other.sections))

    def map(self, other: "ChangeSet", before: bool = False) -> "ChangeSet":
        """This change, moved so that it applies after `other`, a change to the same text.

        Where both insert at one place `other` comes first, unless `before`. So `a.compose(b.map(a))` and
        `b.compose(a.map(b, before=True))` end in the same text.
        """
        if self.length_before != other.length_before:
            raise ChangeError(f"a change for {self.length_before} units came, expected one for {other.length_before}")
        return self if other.is_empty else ChangeSet(map_sections(self.sections, other.sections, before=before))

    def map_position(self, position: int, assoc: int = -1) -> int:
        """Where `position` of the old text is in the new one.

        At an insertion `assoc` < 0 stays before it, `assoc` > 0 goes behind it.
        """
        old, new = 0, 0
        for section in self.sections:
            old_end = old + section.length
            if section.inserted is None:
                if old_end > position:
                    return new + position - old
                new += section.length
            else:
                if old_end > position or (old_end == position and assoc < 0 and not section.length):
                    return new if position == old or assoc < 0 else new + section.inserted_length
                new += section.inserted_length
            old = old_end
        if position > old:
            raise ChangeError(f"position {position} is beyond the text's {old} units")
        return new

    def _pieces(self, text: str) -> list[str]:
        """The stretch of `text` under each section."""
        return utf16.cut(text, [section.length for section in self.sections])


def _section_from_json(part: object) -> Section:
    if not isinstance(part, list):
        return Section(_checked_length(part), None)
    lines = part[1:]
    for line in lines:
        _check_line(line)
    return Section(_checked_length(part[0] if part else None), "\n".join(lines))


def _checked_length(value: object) -> int:
    # Exactly int: True and 3.0 are numbers to Python, but not to us.
    if type(value) is not int or not 0 <= value <= _MAX_LENGTH:
        raise ChangeError(f"a part of the changes is {str(value)[:80]!r}, expected a length from 0 to {_MAX_LENGTH}")
    return value


def _check_line(line: object) -> None:
    if not isinstance(line, str):
        raise ChangeError(f"an inserted line is of type {type(line).__name__}, expected a string")
    if found := _FORBIDDEN.search(line):
        raise ChangeError(f"an inserted line holds U+{ord(found[0]):04X}, expected no CR, LF, NUL or half character")


def _section_to_json(section: Section) -> int | list[int | str]:
    if section.inserted is None:
        return section.length
    lines = section.inserted.split("\n") if section.inserted else []
    return [section.length, *lines]

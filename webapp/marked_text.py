"""A text with its sources, as pages and exports show it: paragraphs of pieces, each with who or what wrote it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webapp.collab import utf16
from webapp.history.provenance import is_machine_written, original
from webapp.paragraphs import BLANK


@dataclass(frozen=True, slots=True)
class Piece:
    """`source` is None for what people wrote, and what wrote it for what a machine did."""

    text: str
    source: dict[str, Any] | None = None

    @property
    def provenance(self) -> dict[str, Any]:
        return (self.source or {}).get("provenance") or {}


def machine_share(attribution: dict[str, Any]) -> int:
    """How much of a text machines wrote, in whole percent; 0 and 100 only where it is none and all of it."""
    sources, runs = attribution["sources"], attribution["runs"]
    total: int = sum(length for length, _ in runs)
    written: int = sum(length for length, source in runs if is_machine_written(sources[source]))
    if written in (0, total):
        return 100 if written else 0
    # Halves up, as browsers round.
    return min(99, max(1, (200 * written + total) // (2 * total)))


def marked_paragraphs(text: str, attribution: dict[str, Any]) -> list[list[Piece]]:
    """The same paragraphs as of the plain text; pieces that people wrote side by side are one."""
    paragraphs: list[list[Piece]] = []
    is_open = False
    for line in _lines(_pieces(text, attribution)):
        is_blank = not "".join(piece.text for piece in line).strip(BLANK)
        if not is_blank and is_open:
            paragraphs[-1] += [Piece("\n"), *line]
        elif not is_blank:
            paragraphs.append(line)
        is_open = not is_blank
    return [_joined(paragraph) for paragraph in paragraphs]


def _pieces(text: str, attribution: dict[str, Any]) -> Iterator[Piece]:
    runs = attribution["runs"]
    texts = utf16.cut(text, [length for length, _ in runs])
    for part, (_, index) in zip(texts, runs, strict=True):
        source = attribution["sources"][index]
        yield Piece(part, original(source) if is_machine_written(source) else None)


def _lines(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for piece in pieces:
        first, *others = piece.text.split("\n")
        line.append(Piece(first, piece.source))
        for other in others:
            yield line
            line = [Piece(other, piece.source)]
    yield line


def _joined(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        # A line end between two machine-written lines of one source belongs to it.
        if joined and (joined[-1].source == piece.source or piece.text == ""):
            joined[-1] = Piece(joined[-1].text + piece.text, joined[-1].source)
        elif piece.text:
            joined.append(piece)
    return joined

"""Reads books and cuts them into pieces, as a person at a keyboard would have typed them. Knows nothing of tokens."""

import random
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

# What the editor shows between two paragraphs, so what the model must expect and write.
PARAGRAPH_BREAK = "\n\n"
PIECE_CHARACTERS = (1000, 8000)
# Keyboards type straight quotes, phones and word processors curly ones. Most pieces are straight; one in sixteen is
# not, so that a pasted curly text is answered in kind instead of meeting tokens the model has never seen.
TYPOGRAPHIC_SHARE = 1 / 16

STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "—": "--", "…": "...", "\u00a0": " ", "\ufeff": ""})
# Project Gutenberg frames its licence with these lines; nothing outside them was written by the author.
LICENCE_START = re.compile(r"\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG.*?\*\*\*", re.IGNORECASE | re.DOTALL)
LICENCE_END = re.compile(r"\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG", re.IGNORECASE)
# Paragraphs that a transcriber added, not the author: plate captions, errata, credits.
ADDED = re.compile(
    r"^\[Illustration|^\[?Transcrib|\{pg \d|Project Gutenberg|^Produced by |David Widger|etext", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Book:
    """One normalised text; `paragraphs` hold no line breaks."""

    name: str
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return PARAGRAPH_BREAK.join(self.paragraphs)


def read_books(folder: Path) -> list[Book]:
    """Reads every .txt in `folder`, by name; raises FileNotFoundError where there is none."""
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        raise FileNotFoundError(f"{folder} holds no .txt file")
    return [Book(path.stem, normalise(path.read_text(encoding="utf-8"))) for path in paths]


def normalise(text: str) -> tuple[str, ...]:
    """Returns the author's paragraphs: hard-wrapped lines joined, quotes straight, licence and captions gone."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n")
    if start := LICENCE_START.search(text):
        text = text[start.end() :]
    if end := LICENCE_END.search(text):
        text = text[: end.start()]
    blocks = re.split(r"\n\s*\n", text.translate(STRAIGHT))
    paragraphs = (" ".join(block.split()) for block in blocks)
    return tuple(paragraph for paragraph in paragraphs if paragraph and not ADDED.search(paragraph))


def cut_into_pieces(book: Book, seed: int) -> list[str]:
    """Cuts a book between paragraphs into pieces of random length, each to be read as a document of its own."""
    choice = random.Random(f"{seed}/{book.name}")
    pieces: list[str] = []
    piece: list[str] = []
    room = choice.uniform(*PIECE_CHARACTERS)
    for paragraph in book.paragraphs:
        piece.append(paragraph)
        room -= len(paragraph)
        if room > 0:
            continue
        pieces.append(PARAGRAPH_BREAK.join(piece))
        piece, room = [], choice.uniform(*PIECE_CHARACTERS)
    if piece:
        pieces.append(PARAGRAPH_BREAK.join(piece))
    return [typographic(piece) if choice.random() < TYPOGRAPHIC_SHARE else piece for piece in pieces]


def typographic(text: str) -> str:
    """Sets a straight text the way a word processor would: curly quotes, real dashes, one-character ellipses."""
    text = re.sub(r'(?<![^\s(\[\-])"', "“", text).replace('"', "”")
    text = re.sub(r"(?<![^\s(\[\-“])'", "‘", text).replace("'", "’")
    return text.replace("--", "—").replace("...", "…")

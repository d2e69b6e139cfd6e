"""A text's paragraphs and title, by the same examples as the browser's in tests/js/reading.test.mjs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from webapp.collab import utf16
from webapp.marked_text import marked_paragraphs
from webapp.paragraphs import title_of

EXAMPLES = json.loads((Path(__file__).parents[1] / "js/paragraphs.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES)
def test_paragraphs_stand_between_blank_lines(example: dict[str, Any]) -> None:
    length = utf16.length(example["text"])
    source = {"author": {"name": "Ada", "color": 1}, "origin": "typed", "provenance": None, "at": "2026-01-01"}
    marked = marked_paragraphs(example["text"], {"sources": [source], "runs": [[length, 0]] if length else []})
    assert ["".join(piece.text for piece in paragraph) for paragraph in marked] == example["paragraphs"]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_untitled_text_is_called_by_its_first_line(example: dict[str, Any]) -> None:
    assert title_of("", example["text"]) == example["title"]


def test_a_given_title_stays() -> None:
    assert title_of("The lighthouse", "It was late.") == "The lighthouse"

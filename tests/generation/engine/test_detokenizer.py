"""Characters appear whole or not at all."""

from __future__ import annotations

import random

from generation.engine.detokenizer import Detokenizer


def test_a_character_comes_with_its_last_byte() -> None:
    detokenizer = Detokenizer()
    assert [detokenizer.push(bytes([byte])) for byte in "é😀".encode()] == ["", "é", "", "", "", "😀"]


def test_bytes_that_are_no_character_give_nothing() -> None:
    detokenizer = Detokenizer()
    assert [detokenizer.push(piece) for piece in (b"a\xff", b"b\xe2", b"c", b"\x80", b"d")] == ["a", "b", "c", "", "d"]


def test_any_bytes_in_any_pieces_give_clean_text() -> None:
    chance = random.Random(1)
    for _ in range(300):
        content = chance.randbytes(20) + "naïve 猫".encode()
        detokenizer = Detokenizer()
        cuts = sorted(chance.choices(range(len(content)), k=5))
        pieces = [content[start:end] for start, end in zip([0, *cuts], [*cuts, len(content)], strict=True)]
        text = "".join(detokenizer.push(piece) for piece in pieces)
        assert text == content.decode(errors="ignore")
        assert "\ufffd" not in text

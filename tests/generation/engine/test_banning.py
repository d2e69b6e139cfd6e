"""Banned strings: whatever tokens could spell them, none completes them."""

from __future__ import annotations

import random

import pytest

from generation.engine.banning import find_forbidden
from generation.engine.vocabulary import Vocabulary

TOKENS = [b"a", b"b", b"c", b" ", b"ab", b"bc", b"abc", b"ca", b"cab", b" a", b" ab", b"\xc3", b"\xa9", b"\xc3\xa9"]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(TOKENS)


def forbidden(vocabulary: Vocabulary, banned: list[str], before: bytes = b"", missing: bytes = b"") -> set[bytes]:
    encoded = [text.encode() for text in banned]
    return {TOKENS[token_id] for token_id in find_forbidden(encoded, before, missing, vocabulary).tolist()}


def test_a_token_that_holds_the_string_is_forbidden(vocabulary: Vocabulary) -> None:
    assert forbidden(vocabulary, ["ab"]) == {b"ab", b"abc", b"cab", b" ab"}


def test_a_token_that_completes_the_string_is_forbidden(vocabulary: Vocabulary) -> None:
    assert forbidden(vocabulary, ["cab"], before=b"xca") == {b"b", b"bc", b"cab"}


def test_a_character_is_forbidden_at_its_last_byte(vocabulary: Vocabulary) -> None:
    assert forbidden(vocabulary, ["é"], before=b"\xc3") == {b"\xa9", b"\xc3\xa9"}


def test_what_the_writer_typed_forbids_nothing(vocabulary: Vocabulary) -> None:
    assert forbidden(vocabulary, ["ca"], missing=b"ca") == set()
    assert forbidden(vocabulary, ["ca"], before=b"c", missing=b"a") == {b"ca", b"cab"}


def test_no_way_of_spelling_gets_a_banned_string_through(vocabulary: Vocabulary) -> None:
    """Against the definition: the text so far with the token holds the string in a place where it did not before."""
    chance = random.Random(7)
    for _ in range(500):
        banned = ["".join(chance.choices("abc é", k=chance.randint(1, 4))) for _ in range(2)]
        before = b"".join(chance.choices(TOKENS, k=4))
        expected = {
            token
            for token in TOKENS
            if any(
                (before + token).find(text.encode(), max(0, len(before) - len(text.encode()) + 1)) >= 0
                for text in banned
            )
        }
        assert forbidden(vocabulary, banned, before) == expected

"""Tokens and what the model thought of them, as a reader sees them."""

from __future__ import annotations

from generation.command_line.thoughts import TokenWriter
from generation.messages import ContinuationExtended, Thought

VOCABULARY = [b" cat", b" dog", b"\xe7", b"\xe7\x8c", "猫".encode()]
WRITER = TokenWriter(VOCABULARY.__getitem__)


def extended(token_id: int, text: str, *rivals: int) -> ContinuationExtended:
    alternatives = tuple((rival, -0.5 - number) for number, rival in enumerate(rivals))
    return ContinuationExtended("s:1", 0, token_id, text, Thought(-1.25, 7, alternatives))


def test_columns_stand_below_each_other() -> None:
    assert WRITER.table([extended(0, "at", 1), extended(4, "猫", 0, 1)]) == [
        "    token   log-prob.   rank  likeliest",
        "    ' cat'     -1.250      7  ' dog' -0.500",
        "    '猫'        -1.250      7  ' cat' -0.500  ' dog' -1.500",
    ]


def test_parts_of_characters_are_told_apart() -> None:
    assert WRITER.columns(extended(0, "", 2, 3)) == ["-1.250", "7", r"b'\xe7' -0.500  b'\xe7\x8c' -1.500"]


def test_who_asked_for_no_thoughts_gets_none() -> None:
    event = ContinuationExtended("s:1", 0, 0, "at")
    assert (WRITER.table([event]), WRITER.columns(event)) == ([], [])
    assert WRITER.described(event) == {"token_id": 0, "text": "at"}


def test_for_programs_there_are_ids_and_texts() -> None:
    assert WRITER.described(extended(0, "at", 1)) == {
        "token_id": 0,
        "text": "at",
        "token": " cat",
        "thought": {
            "logprob": -1.25,
            "rank": 7,
            "alternatives": [{"token_id": 1, "token": " dog", "logprob": -0.5}],
        },
    }

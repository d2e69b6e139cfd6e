"""Where continuations end, as a writer would want it."""

from __future__ import annotations

import random
import re

import pytest

from generation.engine.stopping import Stopper, find_end
from generation.messages import StopAt


def shown(text: str, stop_at: StopAt, *stop: str, piece: int = 3) -> tuple[str, bool]:
    """What is shown of a text that comes in pieces, and whether it was stopped."""
    stopper = Stopper(stop_at, stop)
    result = ""
    for start in range(0, len(text), piece):
        result += stopper.push(text[start : start + piece])
        if stopper.is_stopped:
            return result, True
    return result + stopper.flush(), False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t sat down", "t"),
        (" sat down", " sat"),
        (" sat, down", " sat,"),
        (", and", ", and"),
        (", and then", ", and"),
        ("\n\n“Stop!” he", "\n\n“Stop!”"),
        (" — well now", " — well"),
        (" don't go", " don't"),
    ],
)
def test_a_word_ends_before_the_space(text: str, expected: str) -> None:
    assert shown(text, "word")[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" sat down. Then he", " sat down."),
        (" sat down! Then", " sat down!"),
        (" sat down… Then", " sat down…"),
        (" sat down... Then", " sat down..."),
        (" sat down.” Then", " sat down.”"),
        (' sat down."\n\nThen', ' sat down."'),
        (" (he sat.) Then", " (he sat.)"),
        (" sat down\nThen", " sat down"),
        (" sat down.\n\nThen", " sat down."),
        (". Then he", "."),
        ("?” “Yes", "?”"),
        ("\n\nThen he sat. Now", "\n\nThen he sat."),
        (" met Mr. Darcy. Then", " met Mr. Darcy."),
        (" met J. R. Smith. Then", " met J. R. Smith."),
        (" cost 3.14 pounds. Then", " cost 3.14 pounds."),
        (" so did I. Then", " so did I."),
        ("“Stop!” he cried. Then", "“Stop!” he cried."),
        (" was ... tired. Then", " was ... tired."),
        (" came at 5 p.m. and left. Then", " came at 5 p.m. and left."),
        ("が好き。犬も", "が好き。"),
        ("「行く。」と", "「行く。」"),
    ],
)
@pytest.mark.parametrize("piece", [1, 3, 100])
def test_a_sentence_ends_after_its_mark(text: str, expected: str, piece: int) -> None:
    assert shown(text, "sentence", piece=piece) == (expected, True)


@pytest.mark.parametrize("text", [" sat down", " sat down.", " met Mr. D", " cost 3.", " sat.”", "\n\n"])
def test_an_open_sentence_goes_on(text: str) -> None:
    assert find_end(text, "sentence") is None


@pytest.mark.parametrize(("before", "is_open"), [("I met Mr", True), ("I met J", True), ("I met him", False)])
def test_an_abbreviation_may_begin_in_the_prompt(before: str, is_open: bool) -> None:
    assert (find_end(". Darcy said", "sentence", before) is None) == is_open


def test_a_paragraph_ends_before_the_blank_line() -> None:
    assert shown(" sat.\nThen he left. \n\nThe dog", "paragraph") == (" sat.\nThen he left.", True)
    assert shown("\n\nHe sat. \n \n The dog", "paragraph") == ("\n\nHe sat.", True)


def test_nothing_stops_at_none() -> None:
    assert shown(" a.\n\nB. C", "none") == (" a.\n\nB. C", False)


def test_nothing_of_a_stop_string_is_shown() -> None:
    assert shown(" one two three", "none", "two") == (" one", True)
    assert shown(" one two three", "none", " tw", "e") == (" on", True)
    assert shown(" one twin", "none", "two") == (" one twin", False)


def test_the_earliest_stop_wins() -> None:
    assert shown(" one. Two", "sentence", "ne") == (" o", True)
    assert shown(" one. Two", "sentence", "Two") == (" one.", True)


def test_white_space_at_the_end_is_not_shown() -> None:
    assert shown(" one two \n", "none") == (" one two", False)
    assert shown("  ", "none") == ("", False)


@pytest.mark.parametrize("seed", range(200))
def test_pieces_make_no_difference_to_a_stop_string(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(chance.choices("ab ", k=30))
    stop = "".join(chance.choices("ab", k=chance.randint(1, 4)))
    expected = text.partition(stop)[0].rstrip()
    assert shown(text, "none", stop, piece=chance.randint(1, 7))[0] == expected


# The plain way, which tries every start and gives back what it took: right, and far too slow for long runs.
PLAIN_WORD = re.compile(r"\w\S*(?=\s)")
PLAIN_PARAGRAPH = re.compile(r"[ \t]*\n[ \t]*\n")
PLAIN_SENTENCE = re.compile(
    r"[。！？][」』”’）]*(?=[^。！？」』”’）])|[.!?…]+[\"'”’)\]»›*_]*(?=\s+\S|\s*\n)|(?=\n)",
)
PLAIN_GOES_ON = re.compile(r"(?:(?:\b(?:mr|e\.g|messrs)|(?<![^\W_])(?-i:[A-HJ-Z]))\.[\"'”’)\]»›*_]*)\Z", re.IGNORECASE)


def plain_end(text: str, stop_at: StopAt, before: str) -> int | None:
    start = len(text) - len(text.lstrip())
    if stop_at == "word":
        return next((match.end() for match in PLAIN_WORD.finditer(text)), None)
    if stop_at == "paragraph":
        return next((match.start() for match in PLAIN_PARAGRAPH.finditer(text, start)), None)
    for match in PLAIN_SENTENCE.finditer(text, start):
        rest = text[match.end() :]
        space = rest[: len(rest) - len(rest.lstrip())]
        is_wide = match[0][:1] in ("。", "！", "？")
        if is_wide or "\n" in space or not match[0]:
            return match.end()
        if not rest.lstrip()[0].islower() and not PLAIN_GOES_ON.search(before + text[: match.end()]):
            return match.end()
    return None


@pytest.mark.parametrize("stop_at", ["word", "sentence", "paragraph"])
def test_ends_are_where_the_plain_way_finds_them_in_whatever_pieces_a_text_comes(stop_at: StopAt) -> None:
    chance = random.Random(stop_at)
    parts = [*"..!?…'\")*_  \t\n\naAb。！」”", "Mr", "e.g", "Messrs", "é", "1"]
    for _ in range(4_000):
        text = "".join(chance.choices(parts, k=chance.randint(0, 14)))
        before = chance.choice(["", "He said Mr", "J", "e.g"])
        expected = plain_end(text, stop_at, before)
        assert find_end(text, stop_at, before) == expected, (text, before)
        stopper = Stopper(stop_at, (), before)
        while text and not stopper.is_stopped:
            size = chance.randint(1, 4)
            stopper.push(text[:size])
            text = text[size:]
        assert stopper.is_stopped == (expected is not None), (stopper.text, before)
        if expected is not None:
            assert stopper.passed == stopper.text[:expected].rstrip()


@pytest.mark.parametrize(
    ("stop_at", "piece"),
    [
        ("sentence", "." * 200),
        ("sentence", "..?!…" * 40),
        ("sentence", ".)" * 100),
        ("sentence", "Mr. J. " * 30),
        ("sentence", "。" * 200),
        ("word", "é" * 200),
        ("word", "-" * 200),
        ("paragraph", " \t" * 100),
        ("none", "ab" * 100),
    ],
)
def test_a_run_of_twenty_thousand_characters_holds_nobody_up(stop_at: StopAt, piece: str) -> None:
    """Tried from each of its characters at each push, a run of this length takes minutes."""
    stopper = Stopper(stop_at, ("abac",))
    stopper.push("x" if stop_at == "paragraph" else "")
    for _ in range(100):
        stopper.push(piece)
        assert not stopper.is_stopped
    stopper.push(" \n\nThen he left. ")
    assert stopper.is_stopped == (stop_at != "none")

"""Changes are what CodeMirror's are: shown by vectors from the real library, and by it itself where node can run it."""

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.webapp.collab.browser import BUNDLE, ROOT, node
from webapp.collab import utf16
from webapp.collab.changes import ChangeSet
from webapp.collab.errors import ChangeError

HERE = Path(__file__).parent
VECTORS = json.loads((HERE / "changes_vectors.json").read_text(encoding="utf-8"))


def changes(value: object) -> ChangeSet:
    return ChangeSet.from_json(value)


@pytest.fixture(scope="module")
def fresh_vectors() -> list[dict[str, Any]]:
    if not BUNDLE.exists():
        pytest.skip(f"{BUNDLE} is not there: make vendor builds it")
    seed = os.environ.get("VECTORS_SEED", "2")
    command = [node(), str(ROOT / "tests/js/changes_vectors.mjs"), str(BUNDLE), seed, "1000"]
    printed = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60).stdout
    vectors: list[dict[str, Any]] = json.loads(printed)
    return vectors


def assert_equals_codemirror(case: dict[str, Any]) -> None:
    text, a, b, following = case["text"], changes(case["a"]), changes(case["b"]), changes(case["next"])
    assert a.to_json() == case["a"]
    assert a.apply(text) == case["applied"]
    assert a.invert(text).to_json() == case["inverted"]
    assert a.compose(following).to_json() == case["composed"]
    assert a.map(b).to_json() == case["mapped"]
    assert a.map(b, before=True).to_json() == case["mapped_before"]
    positions = range(a.length_before + 1)
    assert [[a.map_position(at, -1), a.map_position(at, 1)] for at in positions] == case["positions"]


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_every_operation_equals_codemirrors(case: dict[str, Any]) -> None:
    assert_equals_codemirror(case)


def test_new_random_changes_equal_the_real_library(fresh_vectors: list[dict[str, Any]]) -> None:
    for case in fresh_vectors:
        assert_equals_codemirror(case)


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_two_changes_at_once_end_in_one_text_whichever_comes_first(case: dict[str, Any]) -> None:
    text, a, b = case["text"], changes(case["a"]), changes(case["b"])
    assert a.compose(b.map(a)).apply(text) == b.compose(a.map(b, before=True)).apply(text)


@pytest.mark.parametrize("case", VECTORS, ids=range(len(VECTORS)))
def test_the_inverse_leads_back(case: dict[str, Any]) -> None:
    text, a = case["text"], changes(case["a"])
    assert a.invert(text).apply(a.apply(text)) == text


def test_mapping_over_two_changes_differs_from_mapping_over_their_composition() -> None:
    # Why peers have to map over one update after the other, however many arrive at once.
    mine, delete, insert = changes([[0, "mine"], 1]), changes([[1]]), changes([[0, "yours"]])
    assert mine.map(delete).map(insert) != mine.map(delete.compose(insert))


def test_positions_count_utf16_units() -> None:
    assert changes([2, [2, "🚀"], 1]).apply("😀👩b") == "😀🚀b"
    assert utf16.length("a😀é") == 4


def test_an_empty_text_takes_an_insertion() -> None:
    assert changes([[0, "one", "two"]]).apply("") == "one\ntwo"
    assert changes([]).apply("") == ""


def test_parts_that_do_nothing_are_dropped() -> None:
    assert changes([0, 2, [0], 3, [0, ""]]).to_json() == [5]
    assert changes([5]).is_empty


@pytest.mark.parametrize(
    "value",
    [
        None, {}, "text", 5, [None], ["a"], [True], [1.0], [-1], [[]], [["a"]], [[-1]], [[True, "a"]], [[1.5]],
        [[0, 7]], [[0, None]], [[0, ["a"]]], [[[1]]], [2**40],
    ],
)  # fmt: skip
def test_malformed_json_is_refused(value: object) -> None:
    with pytest.raises(ChangeError, match="expected"):
        changes(value)


@pytest.mark.parametrize("line", ["a\rb", "\0", "\ud83d", "\ude00x", "one\ntwo"])
def test_text_that_peers_would_count_differently_is_refused(line: str) -> None:
    with pytest.raises(ChangeError, match=r"holds U\+[0-9A-F]{4}"):
        changes([[0, line]])


@pytest.mark.parametrize("value", [[1, [1, "x"]], [1, [0, "x"], 1], [[1], 1], [[1, "x"], 1]])
def test_half_a_character_is_never_touched(value: object) -> None:
    with pytest.raises(ChangeError, match="inside the character at position 0"):
        changes(value).apply("😀")


@pytest.mark.parametrize("text", ["", "abc", "éé", "😀"])
def test_a_change_for_another_length_is_refused(text: str) -> None:
    with pytest.raises(ChangeError, match="a change for 5 units came, expected one for"):
        changes([5]).apply(text)


def test_changes_that_do_not_meet_are_refused() -> None:
    with pytest.raises(ChangeError):
        changes([5]).map(changes([4]))
    with pytest.raises(ChangeError):
        changes([[0, "a"]]).compose(changes([2]))
    with pytest.raises(ChangeError):
        changes([5]).map_position(6)


def random_edits(seed: int, count: int, length: int) -> Iterator[ChangeSet]:
    generator = random.Random(seed)
    for _ in range(count):
        start = generator.randrange(length)
        inserted = "“new”" * generator.randrange(3)
        change = ChangeSet.replacing(start, min(length, start + generator.randrange(4)), inserted, length)
        length = change.length_after
        yield change


def test_a_chain_of_changes_equals_its_composition() -> None:
    text = "She said “yes”. " * 40
    one_by_one, whole = text, ChangeSet.replacing(0, 0, "", len(text))
    for change in random_edits(seed=7, count=300, length=len(text)):
        one_by_one = change.apply(one_by_one)
        whole = whole.compose(change)
    assert whole.apply(text) == one_by_one
    assert whole.invert(text).apply(one_by_one) == text

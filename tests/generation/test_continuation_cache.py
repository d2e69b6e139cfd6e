"""What may be found again, by whom, and for how far one may type on."""

import dataclasses
from typing import Any

import pytest

from generation.continuation_cache import (
    UNKEYED_PARAMS,
    CachedContinuation,
    CacheSpace,
    entry,
    fitting,
    look_up_keys,
)
from generation.messages import FinishReason, SamplingParams

ALICE = CacheSpace("alice", "tiny", "r1", "float32", SamplingParams())


def continuation(text: str, finish_reason: FinishReason = "stop", index: int = 0) -> CachedContinuation:
    return CachedContinuation(text, finish_reason, num_tokens=5, seed=7, index=index)


def found(
    prompt: str, *texts: str, asked: str, space: CacheSpace = ALICE, finish_reason: FinishReason = "stop"
) -> list[str]:
    """What `space` finds for the prompt `asked` after Alice's continuations of `prompt` were stored."""
    stored = entry(ALICE, prompt, [continuation(text, finish_reason) for text in texts])
    values = dict([stored]) if stored else {}
    fits = fitting([(typed, values.get(key)) for key, typed in look_up_keys(space, asked)])
    return [rest.text for rest in fits]


def test_the_same_prompt_finds_its_continuations() -> None:
    assert found("The cat", " sat down", " ran off", asked="The cat") == [" sat down", " ran off"]


@pytest.mark.parametrize(
    ("asked", "rest"),
    [
        ("The cat s", "at down on it."),
        ("The cat sat", " down on it."),
        ("The cat sat ", "down on it."),
        ("The cat sat down on", " it."),
    ],
)
def test_typing_on_finds_the_rest(asked: str, rest: str) -> None:
    assert found("The cat", " sat down on it.", asked=asked) == [rest]


def test_a_half_typed_word_and_the_empty_document_are_places_too() -> None:
    assert found("The c", "at sat", asked="The cat") == [" sat"]
    assert found("", "Once upon a time", asked="Once") == [" upon a time"]
    assert found("The cat ", "sat down", asked="The cat sat") == [" down"]


def test_scripts_without_spaces_are_typed_through() -> None:
    assert found("猫" * 200, "は寝ている。今日", asked="猫" * 200 + "は寝") == ["ている。今日"]


def test_what_no_longer_agrees_is_left_out() -> None:
    assert found("The cat", " sat down", " ran off", asked="The cat r") == ["an off"]
    assert found("The cat", " sat down", asked="The dog") == []
    assert found("The cat", " sat down", asked="A cat") == []


def test_what_is_used_up_is_left_out() -> None:
    assert found("The cat", " sat", asked="The cat sa") == []
    assert found("The cat", " sat", asked="The cat sat") == []


def test_equal_rests_count_once() -> None:
    assert found("The cat", " sat down", " sat down", asked="The cat s") == ["at down"]


def found_of_two_askings(asked: str, is_distinct: bool) -> list[str]:
    """What is found where three continuations of "I like d" are stored, and five of "I like"."""
    askings = {
        "I like": (" dogs that bark.", " dancing bears.", " doing nothing.", " dots.", " dot paintings."),
        "I like d": ("ogs and birds.", "ancing with her.", "og food."),
    }
    stored = [entry(ALICE, prompt, [continuation(text) for text in texts]) for prompt, texts in askings.items()]
    values = dict(filter(None, stored))
    return [rest.text for rest in fitting([(t, values.get(key)) for key, t in look_up_keys(ALICE, asked)], is_distinct)]


def test_distinct_suggestions_of_several_askings_begin_differently() -> None:
    together = ["ogs and birds.", "ancing with her.", "og food."]
    assert found_of_two_askings("I like d", is_distinct=True) == [*together, "oing nothing.", "ots.", "ot paintings."]


def test_suggestions_that_need_not_be_distinct_are_all_found() -> None:
    assert len(found_of_two_askings("I like d", is_distinct=False)) == 8


def test_where_nothing_near_fits_what_lies_further_comes_whole() -> None:
    assert found_of_two_askings("I like dot", is_distinct=True) == ["s.", " paintings."]


def test_suggestions_that_were_drawn_together_stay_together_though_they_begin_alike() -> None:
    stored = entry(ALICE, "The cat", [continuation(" sat down"), continuation(" sat up")])
    assert stored is not None
    assert [rest.text for rest in fitting([(" cat", stored[1])], is_distinct=True)] == [" sat down", " sat up"]


def test_a_continuation_that_was_cut_off_needs_more_left() -> None:
    assert found("The cat", " sat down", asked="The cat s", finish_reason="cancelled") == []
    assert found("The cat", " sat down on it", asked="The cat s", finish_reason="deadline") == ["at down on it"]


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "bob"},
        {"checkpoint": "large"},
        {"revision": "r2"},
        {"dtype": "bfloat16"},
    ],
)
def test_another_space_finds_nothing(change: dict[str, Any]) -> None:
    other = dataclasses.replace(ALICE, **change)
    assert found("The cat", " sat down", asked="The cat", space=other) == []


# One other value of each param that decides what a text says.
OTHER_VALUES: dict[str, Any] = {
    "max_new_tokens": 5,
    "temperature": 0.5,
    "top_k": 3,
    "top_p": 0.5,
    "min_p": 0.1,
    "repetition_penalty": 1.1,
    "presence_penalty": 0.5,
    "frequency_penalty": 0.5,
    "banned": ("x",),
    "logit_bias": ((7, 1.0),),
    "heal": False,
    "distinct": True,
    "stop": ("x",),
    "stop_at": "word",
}


def test_every_param_either_parts_spaces_or_is_known_not_to() -> None:
    names = {field.name for field in dataclasses.fields(SamplingParams)}
    assert UNKEYED_PARAMS | OTHER_VALUES.keys() == names
    assert not UNKEYED_PARAMS & OTHER_VALUES.keys()


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_who_asks_with_another_param_finds_nothing(name: str) -> None:
    params = dataclasses.replace(ALICE.params, **{name: OTHER_VALUES[name]})
    other = dataclasses.replace(ALICE, params=params)
    assert found("The cat", " sat down", asked="The cat", space=other) == []


@pytest.mark.parametrize(
    "params",
    [SamplingParams(num_alternatives=2), SamplingParams(num_continuations=1), SamplingParams(max_time_ms=50, seed=99)],
)
def test_number_budget_and_a_drawn_seed_do_not_part_spaces(params: SamplingParams) -> None:
    other = dataclasses.replace(ALICE, params=params)
    assert found("The cat", " sat down", asked="The cat", space=other) == [" sat down"]


def test_at_most_twelve_places_close_before_the_caret_are_asked() -> None:
    assert len(look_up_keys(ALICE, "a b c d e f g h i j k l m n o p q r s t")) == 12
    assert look_up_keys(ALICE, "x" * 500) == []
    assert [typed for _, typed in look_up_keys(ALICE, "one two  three")] == ["  three", " two  three", "one two  three"]


def test_only_the_first_of_several_spaces_starts_a_word_even_at_the_edge_of_the_window() -> None:
    text = "a" * 100 + "  " + "b" * 63
    assert look_up_keys(ALICE, text) == []


def test_text_far_back_does_not_part_keys() -> None:
    near = "word " * 500
    assert look_up_keys(ALICE, "x " + near)[0] == look_up_keys(ALICE, "y " + near)[0]


def test_nothing_is_stored_without_text() -> None:
    assert entry(ALICE, "The cat", [continuation(""), continuation(" ", "cancelled")]) is None
    assert entry(ALICE, "x" * 500, [continuation(" and more")]) is None


def test_seed_and_index_of_the_continuation_are_kept() -> None:
    stored = entry(ALICE, "The cat", [continuation(" sat down", index=2)])
    assert stored is not None
    [rest] = fitting([(" cat", stored[1])])
    assert (rest.seed, rest.index, rest.num_tokens) == (7, 2, 5)

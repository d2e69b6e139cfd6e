"""Frames at the edge: good ones are read, bad ones are refused by name."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webapp.bad_frames import GOOD, bad_frames
from webapp.errors import ClientError
from webapp.protocol import (
    Edit,
    Error,
    Suggest,
    SuggestionStarted,
    SuggestParams,
    parse,
)

BAD_FRAMES = bad_frames()


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_frame_is_read(kind: str) -> None:
    assert parse(json.dumps(GOOD[kind])).type == kind


def test_a_suggest_frame_needs_no_more_than_its_prompt() -> None:
    frame = parse('{"type": "suggest", "request_id": "r1", "prompt": ""}')
    assert isinstance(frame, Suggest)
    assert (frame.params, frame.checkpoint, frame.adds_to, frame.fresh) == (SuggestParams(), None, None, False)


@pytest.mark.parametrize(
    "prompt",
    ["", "\0\x01\x1b", "\u4e2d\u6587", "\u05e9\u05dc\u05d5\u05dd", "<|endoftext|>", "x" * 8000, "\U0001f600" * 4000],
)
def test_any_text_is_a_prompt(prompt: str) -> None:
    frame = parse(json.dumps({**GOOD["suggest"], "prompt": prompt}))
    assert isinstance(frame, Suggest)
    assert frame.prompt == prompt


@pytest.mark.parametrize(
    "params",
    [
        {"temperature": 0},
        {"temperature": 2},
        {"top_p": 1},
        {"top_p": 0.01},
        {"top_k": 1000},
        {"distinct": False},
        {"seed": 0},
        {"seed": None},
        {"stop": ["\n", "."]},
        {"num_continuations": 6, "max_new_tokens": 128, "max_time_ms": 10_000},
    ],
)
def test_params_at_their_limits_are_taken(params: dict[str, Any]) -> None:
    frame = parse(json.dumps({**GOOD["suggest"], "params": params}))
    assert isinstance(frame, Suggest)
    assert frame.params.model_dump().items() >= params.items()


def test_a_suggestion_may_be_named_by_an_edit() -> None:
    update = {"changes": [[0, "a"]], "origin": "suggestion", "request_id": "r1", "index": 2}
    frame = parse(json.dumps({**GOOD["edit"], "updates": [update]}))
    assert isinstance(frame, Edit)
    assert (frame.updates[0].request_id, frame.updates[0].index) == ("r1", 2)


def test_there_are_many_bad_frames() -> None:
    assert len(BAD_FRAMES) >= 400


@pytest.mark.parametrize(("text", "words"), BAD_FRAMES, ids=range(len(BAD_FRAMES)))
def test_a_bad_frame_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(ClientError) as caught:
        parse(text)
    error = caught.value
    assert words in error.message
    assert error.code in ("bad_frame", "bad_field", "too_large", "unknown_type")
    assert error.message.isprintable()
    assert len(error.message) < 300


def test_a_binary_frame_is_refused() -> None:
    with pytest.raises(ClientError, match="binary"):
        parse(b"{}")


@pytest.mark.parametrize(
    ("kind", "fields", "request_id"),
    [
        ("suggest", {"prompt": 1}, "r1"),
        ("suggest", {"prompt": "\ud800"}, "r1"),
        ("suggest", {"request_id": "a b"}, None),
        ("cancel", {"extra": 1}, None),
        ("outcome", {"index": -1}, None),
    ],
)
def test_an_error_ends_the_request_that_it_is_about(kind: str, fields: dict[str, Any], request_id: str | None) -> None:
    with pytest.raises(ClientError) as caught:
        parse(json.dumps({**GOOD[kind], **fields}))
    assert caught.value.request_id == request_id


@given(st.text() | st.binary())
def test_whatever_comes_is_read_or_refused(data: str | bytes) -> None:
    with pytest.raises(ClientError):
        parse(data)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_a_frame_with_any_value_in_any_field_is_read_or_refused(kind: str, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(GOOD[kind])))
    frame = {**GOOD[kind], field: data.draw(JSON_VALUES)}
    with suppress(ClientError):
        parse(json.dumps(frame))


def test_frames_of_the_server_are_json() -> None:
    frame = SuggestionStarted(request_id="r1", checkpoint="novels-7m", seed=1, is_cached=False, note=None)
    assert json.loads(frame.to_json()) == {"type": "suggestion_started", **frame.model_dump(exclude={"type"})}


def test_an_error_names_a_request_only_where_there_is_one() -> None:
    assert json.loads(Error(code="failed", message="m").to_json()) == {
        "type": "error",
        "code": "failed",
        "message": "m",
    }
    assert json.loads(Error(code="busy", message="m", request_id="r1").to_json())["request_id"] == "r1"

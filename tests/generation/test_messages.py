"""Whatever comes as a param, there is one error for what cannot be used, and it says what came and what is allowed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generation.errors import InvalidParams
from generation.messages import GenerationRequest, SamplingParams, TransformersCall

# No number, and no tuple of anything, ever.
NONSENSE: list[Any] = ["3", "", None, True, [], (), {}, object(), float("nan"), float("inf"), 10**400, -(10**5000), 1j]
NUMBERS = [
    "num_continuations",
    "max_new_tokens",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "max_time_ms",
]
TUPLES = ["banned", "stop", "logit_bias"]
NUMBERS_OF_CALL = [
    "num_return_sequences",
    "max_length",
    "max_new_tokens",
    "temperature",
    "top_k",
    "top_p",
    "repetition_penalty",
]


def make_request(params: SamplingParams, parity: TransformersCall | None = None) -> GenerationRequest:
    return GenerationRequest("s:1", "tiny", "The cat", params, 0.0, parity=parity)


def test_a_request_survives_json() -> None:
    params = SamplingParams(stop=("a", "b"), banned=("c",), logit_bias=((1, 2.5), (3, -1)), num_alternatives=2)
    request = make_request(params, TransformersCall(42, num_return_sequences=5, max_length=30))
    assert GenerationRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request


@pytest.mark.parametrize("field", ["stop", "banned", "logit_bias"])
@pytest.mark.parametrize("value", [None, 5, [1, None], [[1]]])
def test_a_request_with_params_of_another_shape_is_refused(field: str, value: object) -> None:
    fields = make_request(SamplingParams()).to_dict()
    fields["params"] = {**fields["params"], field: value}
    with pytest.raises(InvalidParams, match=field):
        GenerationRequest.from_dict(fields)


@pytest.mark.parametrize("name", NUMBERS)
def test_what_is_no_number_is_no_param(name: str) -> None:
    for value in NONSENSE:
        with pytest.raises(InvalidParams, match=f"^{name} is .*, expected an? (integer|number) "):
            SamplingParams(**{name: value})


@pytest.mark.parametrize("name", NUMBERS_OF_CALL)
def test_what_is_no_number_is_no_argument_of_transformers(name: str) -> None:
    for value in NONSENSE:
        # None leaves the choice to transformers.
        if value is not None:
            with pytest.raises(InvalidParams, match=f"^{name} is .*, expected an? (integer|number) "):
                TransformersCall(1, **{name: value})


@pytest.mark.parametrize("name", TUPLES)
@pytest.mark.parametrize("value", [5, None, "abc", ["a"], ((1,),), (None,), ((1, 2, 3),), (("a", 1.0),), {}, ("",)])
def test_what_is_no_tuple_of_the_right_things_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidParams, match=name):
        SamplingParams(**{name: value})


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"heal": 1}, "heal is 1, expected true or false"),
        ({"distinct": "yes"}, "distinct is 'yes', expected true or false"),
        ({"stop_at": ["word"]}, r"stop_at is \['word'\], expected one of none, word, sentence, paragraph"),
        ({"num_alternatives": True}, "num_alternatives is True, expected an integer from 0 to 20"),
        ({"logit_bias": ((-1, 1.0),)}, "a token of logit_bias is -1, expected an integer from 0 to "),
        ({"logit_bias": ((1, "2"),)}, "logit_bias of token 1 is '2', expected a number from -100.0 to 100.0"),
        ({"logit_bias": ((1, 1.0),) * 1025}, "logit_bias has 1025 tokens, expected at most 1024"),
        ({"banned": ("a",) * 65}, "banned is .*, expected a tuple of at most 64 strings that are not empty"),
        ({"top_k": 2**31}, "top_k is 2147483648, expected an integer from 0 to 2147483647"),
        ({"temperature": -0.1}, "temperature is -0.1, expected a number of at least 0"),
    ],
)
def test_the_complaint_says_what_came_and_what_is_allowed(params: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParams, match=f"^{complaint}"):
        SamplingParams(**params)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"num_return_sequences": 0}, "num_return_sequences is 0, expected an integer from 1 to 64"),
        ({"max_length": -5}, "max_length is -5, expected an integer from 1 to 2147483647"),
        ({"top_p": 1.5}, "top_p is 1.5, expected a number from 0 to 1"),
        ({"do_sample": 1}, "do_sample is 1, expected true or false"),
        ({"seed": 2**32}, "seed is 4294967296, expected an integer from 0 to 4294967295"),
        ({"seed": True}, "seed is True, expected an integer"),
        ({"seed": None}, "seed is None, expected an integer"),
    ],
)
def test_an_argument_that_no_checkpoint_allows_is_refused(arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidParams, match=f"^{complaint}"):
        TransformersCall(**{"seed": 1, **arguments})


def test_a_complaint_is_short_however_long_what_came() -> None:
    with pytest.raises(InvalidParams) as refusal:
        SamplingParams(stop=("x" * 10_000,) * 100)
    assert len(str(refusal.value)) < 300


def test_what_was_left_to_transformers_is_not_given() -> None:
    call = TransformersCall(42, num_return_sequences=5, do_sample=False)
    assert call.given() == {"num_return_sequences": 5, "do_sample": False}

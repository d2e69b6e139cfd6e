"""Frames that must be refused, each with words that the answer has to contain. Several hundred, most of them made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

# A field's wrong values by the kind of field that it is.
WRONG_FOR_ALL: list[Any] = [{}, {"a": 1}, [[]]]
NO_INTEGERS: list[Any] = [*WRONG_FOR_ALL, True, False, 3.0, 0.5, -1, 2**63, "1", "", [], "NaN"]
NO_NUMBERS: list[Any] = [*WRONG_FOR_ALL, True, False, -0.1, 1e300, "1", [], None, "Infinity"]
NO_STRINGS: list[Any] = [*WRONG_FOR_ALL, True, 0, 1.5, [], ["a"]]
NO_IDS: list[Any] = [*NO_STRINGS, "", " ", "a b", "a:b", "a\n", "é", "\u202e", "\0", "x" * 65, "../..", "{{7*7}}"]
NO_NAMES: list[Any] = ["", " ", "!?", "x" * 41, "A\nB", "A\0", "A\u202eB", "A\u200b", "A\ufeff", "A\u3164"]
NO_CHOICES: list[Any] = [*NO_STRINGS, "", "TYPED", "typed ", "\0", "__class__"]

PARAMS: dict[str, list[Any]] = {
    "num_continuations": [*NO_INTEGERS, None, 0, 7],
    "max_new_tokens": [*NO_INTEGERS, None, 0, 129],
    "temperature": [*NO_NUMBERS, 2.01],
    "top_k": [*NO_INTEGERS, None, 1001],
    "top_p": [*NO_NUMBERS, 0, 1.01],
    "repetition_penalty": [*NO_NUMBERS, 0.99, 2.01],
    "distinct": [*WRONG_FOR_ALL, None, 0, 1, "true"],
    "stop": [*WRONG_FOR_ALL, None, "a", [""], [1], [None], ["a"] * 5, ["x" * 101]],
    "stop_at": [*NO_CHOICES, None, "line"],
    "seed": NO_INTEGERS,
    "max_time_ms": [*NO_INTEGERS, None, 49, 10_001],
}
OFFER_ID = "0f6c1e2a-7c1d-4f0e-9a34-5b0a3a4f9d10"
NO_OFFERS: list[Any] = [*NO_IDS, OFFER_ID.upper(), OFFER_ID.replace("-", ""), f"{OFFER_ID}0", OFFER_ID[:-1]]
UPDATE = {"changes": [[0, "a"]], "origin": "typed"}

# A good frame of each type, and the wrong values of each of its fields.
GOOD: dict[str, dict[str, Any]] = {
    "join": {"type": "join", "protocol": 1, "revision": None, "session_id": "session-of-alice"},
    "edit": {"type": "edit", "revision": 0, "first_number": 0, "updates": [UPDATE]},
    "suggest": {
        "type": "suggest",
        "request_id": "r1",
        "prompt": "It was",
        "checkpoint": None,
        "params": {},
        "adds_to": None,
        "fresh": False,
    },
    "cancel": {"type": "cancel", "request_id": "r1"},
    "outcome": {"type": "outcome", "request_id": "r1", "index": 0, "outcome": "shown", "num_characters": 3},
    "offer": {"type": "offer", "request_id": "r1", "index": 0, "text": " a", "revision": 0, "position": 0},
    "take_offer": {"type": "take_offer", "offer_id": OFFER_ID},
    "withdraw_offer": {"type": "withdraw_offer", "offer_id": OFFER_ID},
    "caret": {"type": "caret", "revision": 0, "anchor": 0, "head": 0},
    "rename": {"type": "rename", "title": "The lighthouse"},
    "introduce": {"type": "introduce", "name": "Ada Lovelace"},
}
WRONG: dict[str, dict[str, list[Any]]] = {
    "join": {
        "protocol": [*NO_INTEGERS, None],
        "revision": NO_INTEGERS,
        "session_id": [*NO_IDS, None, "short"],
    },
    "edit": {
        "revision": [*NO_INTEGERS, None],
        "first_number": [*NO_INTEGERS, None],
        "updates": [*WRONG_FOR_ALL, None, "a", 1, [], [None], [[]], [UPDATE] * 501],
    },
    "suggest": {
        "request_id": [*NO_IDS, None],
        "prompt": [*NO_STRINGS, None, "x" * 8001, "\U0001f600" * 4001],
        "checkpoint": [*NO_STRINGS, "", "x" * 61],
        "params": [None, [], "a", 1, True, {"a": 1}, {"temperatur": 1}],
        "adds_to": NO_IDS,
        "fresh": [*WRONG_FOR_ALL, 0, 1, None, "true"],
    },
    "cancel": {"request_id": [*NO_IDS, None]},
    "outcome": {
        "request_id": [*NO_IDS, None],
        "index": [*NO_INTEGERS, None, 64],
        "outcome": [*NO_CHOICES, None],
        "num_characters": [*NO_INTEGERS, None],
    },
    "offer": {
        "request_id": [*NO_IDS, None],
        "index": [*NO_INTEGERS, None, 64],
        "text": [*NO_STRINGS, None, "", "x" * 4001],
        "revision": [*NO_INTEGERS, None],
        "position": [*NO_INTEGERS, None, 2_000_001],
    },
    "take_offer": {"offer_id": [*NO_OFFERS, None]},
    "withdraw_offer": {"offer_id": [*NO_OFFERS, None]},
    "caret": {name: [*NO_INTEGERS, None] for name in ("revision", "anchor", "head")},
    "rename": {"title": [*NO_STRINGS, None, "x" * 201]},
    "introduce": {"name": [*NO_STRINGS, *NO_NAMES]},
}
WRONG_UPDATES: dict[str, list[Any]] = {
    "changes": [None, "a", 1, True, {}, {"a": 1}],
    "origin": [*NO_CHOICES, None],
    "request_id": [*NO_IDS, "r1"],
    "index": [*NO_INTEGERS, 64, 0],
    "offer_id": [*NO_OFFERS, OFFER_ID],
}

RAW: list[tuple[str, str]] = [
    ("", "no JSON"),
    (" ", "no JSON"),
    ("{", "no JSON"),
    ("}", "no JSON"),
    ('{"type": "join"', "no JSON"),
    ("\ufeff{}", "no JSON"),
    ("{'type': 'join'}", "no JSON"),
    ('{"type": "join",}', "no JSON"),
    ('{"a": NaN}', "NaN"),
    ('{"a": Infinity}', "Infinity"),
    ('{"a": -Infinity}', "Infinity"),
    ('{"a": 1e999}', "too large"),
    ('{"a": 01}', "no JSON"),
    ('{"a": 1, "a": 2}', "comes twice"),
    ('{"type": "join", "type": "edit"}', "comes twice"),
    ('{"a": ' + "9" * 5000 + "}", "digits"),
    ('{"a": -' + "9" * 21 + "}", "digits"),
    ("[" * 100_000, "nested"),
    ('{"a": ' * 50 + "1" + "}" * 50, "nested"),
    ('{"a": ' + "[" * 13 + "]" * 13 + "}", "nested"),
    ("null", "JSON object"),
    ("true", "JSON object"),
    ("1", "JSON object"),
    ('"join"', "JSON object"),
    ("[]", "JSON object"),
    ('[{"type": "join"}]', "JSON object"),
    ('"' + "x" * (256 * 1024) + '"', "at most 262144"),
    ('{"a": "' + "\u20ac" * 90_000 + '"}', "at most 262144"),
    ("{}", "type is null"),
    ('{"type": null}', "type is null"),
    ('{"type": 1}', "type is 1"),
    ('{"type": ["join"]}', "type is a list"),
    ('{"type": {}}', "type is an object"),
    ('{"type": ""}', "expected one of join"),
    ('{"type": "Join"}', "expected one of join"),
    ('{"type": "join "}', "expected one of join"),
    ('{"type": "websocket.disconnect"}', "expected one of join"),
    ('{"type": "document.edited"}', "expected one of join"),
    ('{"type": "__init__"}', "expected one of join"),
    ('{"type": "close"}', "expected one of join"),
    ('{"type": "' + "x" * 10_000 + '"}', "expected one of join"),
    ('{"type": "suggest", "request_id": "r1", "prompt": "\\ud800"}', "prompt has half"),
    ('{"type": "suggest", "request_id": "r1", "prompt": "\\udc00\\ud800"}', "prompt has half"),
    ('{"type": "rename", "title": "a\\udfff"}', "title has half"),
    ('{"type": "rename", "\\ud800": "a"}', "name has half"),
    (
        '{"type": "edit", "revision": 0, "first_number": 0, "updates": [{"changes": [[0, "\\ud800"]]}]}',
        "updates[0].changes[0][1] has half",
    ),
]


def bad_frames() -> list[tuple[str, str]]:
    """(text, words of the answer)"""
    return [*RAW, *_wrong_fields(), *_wrong_updates(), *_wrong_params(), *_missing_fields(), *_unknown_fields()]


def _wrong_fields() -> Iterator[tuple[str, str]]:
    for kind, fields in WRONG.items():
        for field, values in fields.items():
            for value in values:
                yield json.dumps({**GOOD[kind], field: value}), field


def _wrong_updates() -> Iterator[tuple[str, str]]:
    for field, values in WRONG_UPDATES.items():
        for value in values:
            yield json.dumps({**GOOD["edit"], "updates": [UPDATE, {**UPDATE, field: value}]}), "updates[1]"


def _wrong_params() -> Iterator[tuple[str, str]]:
    for field, values in PARAMS.items():
        for value in values:
            yield json.dumps({**GOOD["suggest"], "params": {field: value}}), f"params.{field}"


def _missing_fields() -> Iterator[tuple[str, str]]:
    for kind, fields in WRONG.items():
        for field in set(fields) - {"checkpoint", "params", "adds_to", "fresh"}:
            yield (
                json.dumps({name: value for name, value in GOOD[kind].items() if name != field}),
                f"{field} is missing",
            )


def _unknown_fields() -> Iterator[tuple[str, str]]:
    for frame in GOOD.values():
        for name in ("extra", "Type", "__proto__", "\u202e", "x" * 1000):
            yield json.dumps({**frame, name: "<script>"}), "expected no such field"

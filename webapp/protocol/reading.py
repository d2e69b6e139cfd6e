"""Reads a frame's JSON into plain values, and refuses what JSON allows and we do not."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from webapp.errors import ClientError
from webapp.protocol.limits import MAX_FRAME_BYTES

MAX_DEPTH = 12
# Python takes quadratic time for long integers; nothing here needs more than 16 digits.
MAX_DIGITS = 20


def read_object(data: str | bytes) -> dict[str, Any]:
    """The object that a frame holds. Raises ClientError "bad_frame" or "too_large"."""
    if isinstance(data, bytes):
        raise ClientError("bad_frame", "a binary frame came, expected JSON text")
    _check_size(data)
    value = _read_json(data)
    if not isinstance(value, dict):
        raise ClientError("bad_frame", f"{shown(value)} came, expected a JSON object")
    if _is_deeper_than(value, MAX_DEPTH):
        raise ClientError("bad_frame", f"the frame is nested too deeply, expected at most {MAX_DEPTH} levels")
    return value


def half_pair_in(value: dict[str, Any], data: str) -> str | None:
    """The path of a field with half of a surrogate pair, which JSON can spell and no database can store."""
    if "\\u" not in data:
        return None
    return next((path for path, text in _strings(value, "") if _has_half_pair(text)), None)


def shown(value: object) -> str:
    """What came, short and harmless enough for a message."""
    if isinstance(value, str):
        text = json.dumps(value[:60])
        return text[:60] + ("…" if len(value) > 60 or len(text) > 60 else "")
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        return "an object"
    return json.dumps(value)[:60]


def _check_size(text: str) -> None:
    try:
        num_bytes = len(text) if len(text) > MAX_FRAME_BYTES else len(text.encode())
    except UnicodeEncodeError as error:
        raise ClientError("bad_frame", "the frame has half of a surrogate pair, expected whole characters") from error
    if num_bytes > MAX_FRAME_BYTES:
        raise ClientError("too_large", f"the frame has {num_bytes} bytes or more, expected at most {MAX_FRAME_BYTES}")


def _read_json(text: str) -> object:
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except RecursionError as error:
        raise ClientError("bad_frame", "the frame is nested too deeply") from error
    except ValueError as error:
        raise ClientError("bad_frame", f"the frame is no JSON that is taken here: {error}") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{shown(twice)} comes twice in one object")
    return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits, expected at most {MAX_DIGITS}")
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{shown(text)} is too large for a number")
    return number


def _is_deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item) if isinstance(child, list | dict)]
        if not level:
            return False
    return True


def _children(value: object) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Every string with the path of its field; a key's own text counts as its field's."""
    if isinstance(value, str):
        yield path or "the frame", value
    elif isinstance(value, dict):
        for key, child in value.items():
            yield "a field's name", key
            yield from _strings(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from _strings(child, f"{path}[{position}]")


def _has_half_pair(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)

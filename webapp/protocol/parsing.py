"""Turns what a socket received into a frame, or into a ClientError that says what is wrong with it."""

from __future__ import annotations

import re
from typing import Any

from pydantic import TypeAdapter, ValidationError

from webapp.errors import ClientError
from webapp.protocol.client_frames import FRAMES, ClientFrame, RequestId
from webapp.protocol.reading import half_pair_in, read_object, shown

_request_id: TypeAdapter[str] = TypeAdapter(RequestId)
# How pydantic's messages begin; ours begin with the field and what came.
_PREFIX = re.compile(r"^(Input|String|List|Value|Dictionary) (should be|should have|should match|error,) ?")


def parse(data: str | bytes) -> ClientFrame:
    """Raises ClientError "bad_frame", "too_large", "unknown_type" or "bad_field".

    The error of a "suggest" frame carries its request_id, if that could be read, since it ends that request.
    """
    value = read_object(data)
    model = FRAMES[_type_of(value)]
    if path := half_pair_in(value, str(data)):
        message = f"{path} has half of a surrogate pair, expected whole characters"
        raise ClientError("bad_field", message, request_id=_ended_request(value))
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ClientError("bad_field", _message(error), request_id=_ended_request(value)) from error


def _type_of(value: dict[str, Any]) -> str:
    kind = value.get("type")
    if not isinstance(kind, str):
        raise ClientError("bad_field", f"type is {shown(kind)}, expected one of {', '.join(FRAMES)}")
    if kind not in FRAMES:
        raise ClientError("unknown_type", f"type is {shown(kind)}, expected one of {', '.join(FRAMES)}")
    return kind


def _message(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    field = _path(first["loc"])
    if first["type"] == "missing":
        return f"{field} is missing"
    if first["type"] == "extra_forbidden":
        return f"{field} is {shown(first['input'])}, expected no such field"
    return f"{field} is {shown(first['input'])}, expected {_PREFIX.sub('', first['msg'])}"


def _path(location: tuple[int | str, ...]) -> str:
    """`updates[0].origin`, short even where the browser chose a field's name."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).removeprefix(".")[:60].encode("ascii", "backslashreplace").decode() or "the frame"


def _ended_request(value: dict[str, Any]) -> str | None:
    if value["type"] != "suggest":
        return None
    try:
        return _request_id.validate_python(value.get("request_id"), strict=True)
    except ValidationError:
        return None

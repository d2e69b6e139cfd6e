"""Holds params against what is allowed. Each complaint is an InvalidParams: what came, and what was expected."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Sequence

from generation.errors import InvalidParams

# Where nothing else bounds an integer: what a tensor's index, and a number of milliseconds, can be without a thought.
MAX_INTEGER = 2**31 - 1


def check_boolean(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise _refusal(name, value, "true or false")


def check_integer(name: str, value: object, lowest: int, highest: int = MAX_INTEGER) -> None:
    is_integer = isinstance(value, int) and not isinstance(value, bool)
    if not is_integer or not lowest <= value <= highest:  # type: ignore[operator]
        raise _refusal(name, value, f"an integer from {lowest} to {highest}")


def check_number(name: str, value: object, lowest: float, highest: float | None = None) -> None:
    is_usable = _is_finite(value) and lowest <= value and (highest is None or value <= highest)  # type: ignore[operator]
    if not is_usable:
        bounds = f"of at least {lowest}" if highest is None else f"from {lowest} to {highest}"
        raise _refusal(name, value, f"a number {bounds}")


def check_optional(check: Callable[..., None], name: str, value: object, *bounds: float) -> None:
    """None leaves the choice to somebody else."""
    if value is not None:
        check(name, value, *bounds)


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        raise _refusal(name, value, f"one of {', '.join(choices)}")


def check_strings(name: str, value: object, most: int) -> None:
    is_usable = isinstance(value, tuple) and len(value) <= most
    if not is_usable or not all(isinstance(text, str) and text for text in value):  # type: ignore[attr-defined]
        raise _refusal(name, value, f"a tuple of at most {most} strings that are not empty")


def check_bias(name: str, value: object, most: int, largest: float) -> None:
    """`value` pairs tokens with numbers."""
    is_tuple_of_pairs = isinstance(value, tuple) and all(isinstance(pair, tuple) and len(pair) == 2 for pair in value)
    if not is_tuple_of_pairs:
        raise _refusal(name, value, "a tuple of pairs of a token and a number")
    if len(value) > most:  # type: ignore[arg-type]
        raise InvalidParams(f"{name} has {len(value)} tokens, expected at most {most}")  # type: ignore[arg-type]
    for token_id, bias in value:  # type: ignore[attr-defined]
        check_integer(f"a token of {name}", token_id, 0)
        check_number(f"{name} of token {token_id}", bias, -largest, largest)


def _is_finite(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        # An integer beyond all floats.
        return False


def _refusal(name: str, value: object, expected: str) -> InvalidParams:
    return InvalidParams(f"{name} is {_shown(value)}, expected {expected}")


def _shown(value: object) -> str:
    """Short, however long the value is."""
    try:
        return reprlib.repr(value)
    except ValueError:
        # Python does not write out integers of more than 4300 digits.
        return "an integer of thousands of digits"

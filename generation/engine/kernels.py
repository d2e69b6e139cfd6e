"""Attention over cells on the CPU, compiled. Plain arrays in and out; attention.py tells what they mean.

What a token gets here depends on that token alone, to the last bit: sums run over positions, or over sixteen lanes of
them, in an order of their own, never in one that tokens beside it or the block sizes would decide. That is why no
`reassoc` is allowed here and why there is an `exp` of our own: the machine's differs between a vector and its rest.
"""

from __future__ import annotations

import functools
import importlib
import logging
import math
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numba import prange, types
from numba.extending import intrinsic

logger = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Array = np.ndarray[Any, Any]

# GNU's OpenMP, the only one of Numba's thread pools that may be entered from several threads.
numba.config.THREADING_LAYER = "omp"  # type: ignore[attr-defined]
LANES = 16
# So many queries go through the same keys together, and so many of those keys at a time, to stay in the L1 cache.
ROWS_TOGETHER = 8
KEYS_TOGETHER = 64


def compiled(**options: Any) -> Callable[[Function], Function]:
    """Compiles at the first call; kept on disk where the package's folder or the user's cache can be written."""

    def decorate(function: Function) -> Function:
        # Of the fast but inexact, only the fused multiply-add.
        settings = {"nogil": True, "fastmath": {"contract"}, **options}
        try:
            return numba.njit(cache=True, **settings)(function)  # type: ignore[no-any-return]
        except RuntimeError as error:
            logger.warning("%s is compiled anew in each process: %s", function.__name__, error)
            return numba.njit(**settings)(function)  # type: ignore[no-any-return]

    return decorate


@functools.cache
def max_threads() -> int:
    """How many threads a kernel may use: one where this machine has no OpenMP library."""
    try:
        importlib.import_module("numba.np.ufunc.omppool")
    except ImportError:
        return 1
    return int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]


@intrinsic
def _as_float(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), generate


@compiled(inline="always")
def exp(x: Any) -> Any:
    """Cephes' expf, within two units in the last place, for x at most 88."""
    x = max(x, np.float32(-87.0))
    n = np.floor(x * np.float32(1.44269504088896341) + np.float32(0.5))
    x = x - n * np.float32(0.693359375)
    x = x - n * np.float32(-2.12194440e-4)
    y = np.float32(1.9875691500e-4)
    y = y * x + np.float32(1.3981999507e-3)
    y = y * x + np.float32(8.3334519073e-3)
    y = y * x + np.float32(4.1665795894e-2)
    y = y * x + np.float32(1.6666665459e-1)
    y = y * x + np.float32(5.0000001201e-1)
    y = y * (x * x) + x + np.float32(1.0)
    return y * _as_float((np.int32(n) + np.int32(127)) << np.int32(23))  # type: ignore[call-arg]


@compiled(parallel=True)
def attend_in_parallel(
    qkv: Array, cells: Array, layer: int, segments: Array, tokens: Array, head_size: int, out: Array
) -> None:
    for head in prange(out.shape[1] // head_size):
        _attend_with_head(head, qkv, cells, layer, segments, tokens, head_size, out)


@compiled()
def attend(qkv: Array, cells: Array, layer: int, segments: Array, tokens: Array, head_size: int, out: Array) -> None:
    for head in range(out.shape[1] // head_size):
        _attend_with_head(head, qkv, cells, layer, segments, tokens, head_size, out)


@compiled()
def _attend_with_head(
    head: int, qkv: Array, cells: Array, layer: int, segments: Array, tokens: Array, head_size: int, out: Array
) -> None:
    width, column = out.shape[1], head * head_size
    longest = 0
    for token in range(tokens.shape[0]):
        longest = max(longest, tokens[token, 0] + tokens[token, 3])
    scores = np.empty((ROWS_TOGETHER, longest), np.float32)
    lanes = np.empty(LANES, np.float32)
    for segment in range(segments.shape[0]):
        first, end = segments[segment, 0], segments[segment, 1]
        start, capacity = segments[segment, 2], segments[segment, 3]
        keys, values = _keys_and_values(cells, start, capacity, layer, column, head_size, width)
        for token in range(first, end):
            num_shared, num_own = tokens[token, 0], tokens[token, 3]
            own_start, own_capacity = tokens[token, 1], tokens[token, 2]
            own_keys, own_values, cell = keys, values, num_shared - 1
            if num_own:
                own_keys, own_values = _keys_and_values(cells, own_start, own_capacity, layer, column, head_size, width)
                cell = num_own - 1
            for i in range(head_size):
                own_keys[i, cell] = qkv[token, width + column + i]
                own_values[cell, i] = qkv[token, 2 * width + column + i]
        for row in range(first, end, ROWS_TOGETHER):
            last = min(row + ROWS_TOGETHER, end)
            _attend_rows(row, last, qkv, keys, values, cells, layer, column, head_size, tokens, scores, lanes, out)


@compiled()
def _attend_rows(
    first: int,
    end: int,
    qkv: Array,
    keys: Array,
    values: Array,
    cells: Array,
    layer: int,
    column: int,
    head_size: int,
    tokens: Array,
    scores: Array,
    lanes: Array,
    out: Array,
) -> None:
    """Each token to its shared cells, then to its own. `scores` holds a token's positions one after the other."""
    width = out.shape[1]
    longest_shared = 0
    for token in range(first, end):
        longest_shared = max(longest_shared, tokens[token, 0])
    # A few rows would rather read long runs of memory than find their keys in the cache again.
    step = KEYS_TOGETHER if end - first > 4 else longest_shared
    for start in range(0, longest_shared, step):
        for token in range(first, end):
            num_keys = min(step, tokens[token, 0] - start)
            if num_keys > 0:
                query = qkv[token, column : column + head_size]
                _score(query, keys, start, scores[token - first, start : start + num_keys])
    for token in range(first, end):
        num_shared, num_own = tokens[token, 0], tokens[token, 3]
        own_start, own_capacity = tokens[token, 1], tokens[token, 2]
        if num_own:
            own_keys, _ = _keys_and_values(cells, own_start, own_capacity, layer, column, head_size, width)
            query = qkv[token, column : column + head_size]
            _score(query, own_keys, 0, scores[token - first, num_shared : num_shared + num_own])
        _softmax(scores[token - first, : num_shared + num_own], np.float32(1.0 / math.sqrt(head_size)), lanes)
        out[token, column : column + head_size] = np.float32(0.0)
    for start in range(0, longest_shared, step):
        for token in range(first, end):
            num_keys = min(step, tokens[token, 0] - start)
            if num_keys > 0:
                attended = out[token, column : column + head_size]
                _mix(scores[token - first, start : start + num_keys], values, start, attended)
    for token in range(first, end):
        num_shared, num_own = tokens[token, 0], tokens[token, 3]
        own_start, own_capacity = tokens[token, 1], tokens[token, 2]
        if num_own:
            _, own_values = _keys_and_values(cells, own_start, own_capacity, layer, column, head_size, width)
            attended = out[token, column : column + head_size]
            _mix(scores[token - first, num_shared : num_shared + num_own], own_values, 0, attended)


@compiled()
def _keys_and_values(
    cells: Array, start: int, capacity: int, layer: int, column: int, head_size: int, width: int
) -> tuple[Array, Array]:
    """Keys (head_size, capacity) and values (capacity, head_size) of one head in a range of cells."""
    first_key = start + (2 * layer * width + column) * capacity
    first_value = first_key + width * capacity
    size = head_size * capacity
    keys = cells[first_key : first_key + size].reshape(head_size, capacity)
    return keys, cells[first_value : first_value + size].reshape(capacity, head_size)


@compiled()
def _score(query: Array, keys: Array, first: int, scores: Array) -> None:
    """scores = query @ keys[:, first:], summed in the order of the query's numbers."""
    num_keys = scores.shape[0]
    whole = query.shape[0] // 4 * 4
    scores[:] = np.float32(0.0)
    for i in range(0, whole, 4):
        keys_0, keys_1 = keys[i, first:], keys[i + 1, first:]
        keys_2, keys_3 = keys[i + 2, first:], keys[i + 3, first:]
        for key in range(num_keys):
            score = scores[key]
            score += query[i] * keys_0[key]
            score += query[i + 1] * keys_1[key]
            score += query[i + 2] * keys_2[key]
            score += query[i + 3] * keys_3[key]
            scores[key] = score
    for i in range(whole, query.shape[0]):
        for key in range(num_keys):
            scores[key] += query[i] * keys[i, first + key]


@compiled()
def _softmax(scores: Array, scale: Any, lanes: Array) -> None:
    num_scores = scores.shape[0]
    highest = scores[0]
    for position in range(num_scores):
        highest = max(highest, scores[position])
    for position in range(num_scores):
        scores[position] = exp((scores[position] - highest) * scale)
    share = np.float32(1.0) / _sum(scores, lanes)
    for position in range(num_scores):
        scores[position] *= share


@compiled()
def _mix(weights: Array, values: Array, first: int, out: Array) -> None:
    """out += weights @ values[first:], summed in the order of the keys."""
    num_keys, head_size = weights.shape[0], out.shape[0]
    whole = num_keys // 4 * 4
    for key in range(0, whole, 4):
        values_0, values_1 = values[first + key], values[first + key + 1]
        values_2, values_3 = values[first + key + 2], values[first + key + 3]
        for i in range(head_size):
            mixed = out[i]
            mixed += weights[key] * values_0[i]
            mixed += weights[key + 1] * values_1[i]
            mixed += weights[key + 2] * values_2[i]
            mixed += weights[key + 3] * values_3[i]
            out[i] = mixed
    for key in range(whole, num_keys):
        for i in range(head_size):
            out[i] += weights[key] * values[first + key, i]


@compiled()
def _sum(numbers: Array, lanes: Array) -> Any:
    """In sixteen lanes by place, then lane by lane."""
    lanes[:] = np.float32(0.0)
    whole = numbers.shape[0] // LANES * LANES
    for start in range(0, whole, LANES):
        for lane in range(LANES):
            lanes[lane] += numbers[start + lane]
    for place in range(whole, numbers.shape[0]):
        lanes[place - whole] += numbers[place]
    total = np.float32(0.0)
    for lane in range(LANES):
        total += lanes[lane]
    return total

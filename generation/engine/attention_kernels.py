"""Attention over cells on the CPU, compiled. Plain arrays in and out; attention.py tells what they mean.

What a token gets here depends on that token alone, to the last bit: sums run over positions, or over sixteen lanes of
them, in an order of their own, never in one that tokens beside it or the block sizes would decide.
"""

from __future__ import annotations

import math

import numpy as np
from numba import prange

from generation.engine.attention_sums import add, add_two, softmax
from generation.engine.compiling import Array, compiled

# So many queries go through the same keys together, and so many of those keys at a time, to stay in the L1 cache.
ROWS_TOGETHER = 32
KEYS_TOGETHER = 64
# Fewer rows than that would rather read long runs of memory than copy the keys that they share.
MIN_ROWS_TO_COPY = 12
# Numbers that a processor handles at once, at most eight on those without AVX-512.
VECTOR = 8

# Where one head's numbers are: layer, first column, size of the head, width of the model.
Place = tuple[int, int, int, int]


@compiled(parallel=True)
def attend_in_parallel(
    qkv: Array, cells: Array, layer: int, segments: Array, tokens: Array, head_size: int, out: Array
) -> None:
    for head in prange(out.shape[1] // head_size):
        _attend_with_head((layer, head * head_size, head_size, out.shape[1]), qkv, cells, segments, tokens, out)


@compiled()
def attend(qkv: Array, cells: Array, layer: int, segments: Array, tokens: Array, head_size: int, out: Array) -> None:
    for head in range(out.shape[1] // head_size):
        _attend_with_head((layer, head * head_size, head_size, out.shape[1]), qkv, cells, segments, tokens, out)


@compiled()
def _attend_with_head(place: Place, qkv: Array, cells: Array, segments: Array, tokens: Array, out: Array) -> None:
    longest = 0
    for token in range(tokens.shape[0]):
        longest = max(longest, tokens[token, 0] + tokens[token, 3])
    scores = np.empty((ROWS_TOGETHER, longest + VECTOR), np.float32)
    copy = np.empty((place[2], KEYS_TOGETHER), np.float32)
    for segment in range(segments.shape[0]):
        first, end = segments[segment, 0], segments[segment, 1]
        _write(first, end, place, qkv, cells, segments[segment], tokens)
        for row in range(first, end, ROWS_TOGETHER):
            last = min(row + ROWS_TOGETHER, end)
            _attend_rows(row, last, place, qkv, cells, segments[segment], tokens, scores, copy, out)


@compiled()
def _write(first: int, end: int, place: Place, qkv: Array, cells: Array, segment: Array, tokens: Array) -> None:
    """Puts each token's key and value into the last cell that it sees."""
    _, column, head_size, width = place
    shared_keys, shared_values = _keys_and_values(cells, segment[2], segment[3], place)
    for token in range(first, end):
        keys, values, cell = shared_keys, shared_values, tokens[token, 0] - 1
        if tokens[token, 3]:
            keys, values = _keys_and_values(cells, tokens[token, 1], tokens[token, 2], place)
            cell = tokens[token, 3] - 1
        for i in range(head_size):
            keys[i, cell] = qkv[token, width + column + i]
            values[cell, i] = qkv[token, 2 * width + column + i]


@compiled()
def _attend_rows(
    first: int,
    end: int,
    place: Place,
    qkv: Array,
    cells: Array,
    segment: Array,
    tokens: Array,
    scores: Array,
    copy: Array,
    out: Array,
) -> None:
    """Each token to its shared cells, then to its own. `scores` holds a token's positions one after the other."""
    keys, values = _keys_and_values(cells, segment[2], segment[3], place)
    longest = 0
    for token in range(first, end):
        longest = max(longest, tokens[token, 0])
    queries, attended = qkv[first:end], out[first:end]
    scores[: end - first] = np.float32(0.0)
    if end - first >= MIN_ROWS_TO_COPY:
        step = KEYS_TOGETHER
        for start in range(0, longest, step):
            size = min(step, longest - start)
            _copy(keys, start, size, copy)
            _score_copied(place, queries, copy, start, size, tokens[first:end], scores)
    else:
        step = longest
        for token in range(first, end):
            query = qkv[token, place[1] : place[1] + place[2]]
            add(query, keys, scores[token - first, : tokens[token, 0]])
    for token in range(first, end):
        _score_own(token, place, qkv, cells, tokens, scores[token - first])
    attended[:, place[1] : place[1] + place[2]] = np.float32(0.0)
    for start in range(0, longest, step):
        _mix_rows(place, scores, values, start, min(step, longest - start), tokens[first:end], attended)
    for token in range(first, end):
        _mix_own(token, place, cells, tokens, scores[token - first], out)


@compiled()
def _copy(keys: Array, start: int, size: int, copy: Array) -> None:
    """Rows of keys lie a slot's capacity apart; beside each other they share no lines of the cache."""
    for i in range(copy.shape[0]):
        for key in range(size):
            copy[i, key] = keys[i, start + key]


@compiled()
def _score_copied(place: Place, qkv: Array, keys: Array, start: int, size: int, tokens: Array, scores: Array) -> None:
    """The scores of the shared positions `start` to `start + size`, whose keys are copied.

    Two rows at a time, and whole vectors: beyond a row's end come its own positions, or nothing that is read.
    """
    _, column, head_size, _ = place
    for row in range(0, tokens.shape[0], 2):
        other = min(row + 1, tokens.shape[0] - 1)
        num_keys = min(size, max(tokens[row, 0], tokens[other, 0]) - start)
        if num_keys <= 0:
            continue
        num_keys = -(-num_keys // VECTOR) * VECTOR
        query = qkv[row, column : column + head_size]
        if other == row:
            add(query, keys, scores[row, start : start + num_keys])
        else:
            other_query = qkv[other, column : column + head_size]
            other_scores = scores[other, start : start + num_keys]
            add_two(query, other_query, keys, scores[row, start : start + num_keys], other_scores)


@compiled()
def _score_own(token: int, place: Place, qkv: Array, cells: Array, tokens: Array, scores: Array) -> None:
    """What is left to score; then scores become shares of one."""
    _, column, head_size, _ = place
    num_shared, num_own = tokens[token, 0], tokens[token, 3]
    if num_own:
        keys, _ = _keys_and_values(cells, tokens[token, 1], tokens[token, 2], place)
        own_scores = scores[num_shared : num_shared + num_own]
        own_scores[:] = np.float32(0.0)
        add(qkv[token, column : column + head_size], keys, own_scores)
    softmax(scores[: num_shared + num_own], np.float32(1.0 / math.sqrt(head_size)))


@compiled()
def _mix_rows(place: Place, scores: Array, values: Array, start: int, size: int, tokens: Array, out: Array) -> None:
    """Adds the shared values `start` to `start + size`: two rows as far as both reach, then the longer one alone."""
    _, column, head_size, _ = place
    for row in range(0, tokens.shape[0], 2):
        other = min(row + 1, tokens.shape[0] - 1)
        num_both = max(min(size, min(tokens[row, 0], tokens[other, 0]) - start), 0)
        if other > row and num_both:
            one, two = out[row, column : column + head_size], out[other, column : column + head_size]
            weights, others = scores[row, start : start + num_both], scores[other, start : start + num_both]
            add_two(weights, others, values[start:], one, two)
        done = num_both if other > row else 0
        for each in range(row, other + 1):
            num_keys = min(size, tokens[each, 0] - start)
            if num_keys > done:
                weights = scores[each, start + done : start + num_keys]
                add(weights, values[start + done :], out[each, column : column + head_size])


@compiled()
def _mix_own(token: int, place: Place, cells: Array, tokens: Array, scores: Array, out: Array) -> None:
    _, column, head_size, _ = place
    num_shared, num_own = tokens[token, 0], tokens[token, 3]
    if num_own:
        _, values = _keys_and_values(cells, tokens[token, 1], tokens[token, 2], place)
        add(scores[num_shared : num_shared + num_own], values, out[token, column : column + head_size])


@compiled()
def _keys_and_values(cells: Array, start: int, capacity: int, place: Place) -> tuple[Array, Array]:
    """Keys (head_size, capacity) and values (capacity, head_size) of one head in a range of cells."""
    layer, column, head_size, width = place
    first_key = start + (2 * layer * width + column) * capacity
    first_value = first_key + width * capacity
    size = head_size * capacity
    keys = cells[first_key : first_key + size].reshape(head_size, capacity)
    return keys, cells[first_value : first_value + size].reshape(capacity, head_size)

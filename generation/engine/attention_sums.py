"""The sums of attention for one row or two, compiled, each in an order that nothing beside the row decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from generation.engine.compiling import Array, compiled, exp, highest, total


@compiled()
def score(query: Array, keys: Array, first: int, scores: Array) -> None:
    """scores = query @ keys[:, first:], summed in the order of the query's numbers."""
    num_keys = scores.shape[0]
    whole = query.shape[0] // 4 * 4
    scores[:] = np.float32(0.0)
    for i in range(0, whole, 4):
        keys_0, keys_1 = keys[i, first:], keys[i + 1, first:]
        keys_2, keys_3 = keys[i + 2, first:], keys[i + 3, first:]
        for key in range(num_keys):
            sum_so_far = scores[key]
            sum_so_far += query[i] * keys_0[key]
            sum_so_far += query[i + 1] * keys_1[key]
            sum_so_far += query[i + 2] * keys_2[key]
            sum_so_far += query[i + 3] * keys_3[key]
            scores[key] = sum_so_far
    for i in range(whole, query.shape[0]):
        for key in range(num_keys):
            scores[key] += query[i] * keys[i, first + key]


@compiled()
def score_two(query: Array, other: Array, keys: Array, scores: Array, others: Array) -> None:
    """The same for two queries and the first keys of few, each of which is read once."""
    num_keys = scores.shape[0]
    whole = query.shape[0] // 4 * 4
    scores[:] = np.float32(0.0)
    others[:] = np.float32(0.0)
    for i in range(0, whole, 4):
        keys_0, keys_1, keys_2, keys_3 = keys[i], keys[i + 1], keys[i + 2], keys[i + 3]
        for key in range(num_keys):
            sum_so_far, another = scores[key], others[key]
            sum_so_far += query[i] * keys_0[key]
            another += other[i] * keys_0[key]
            sum_so_far += query[i + 1] * keys_1[key]
            another += other[i + 1] * keys_1[key]
            sum_so_far += query[i + 2] * keys_2[key]
            another += other[i + 2] * keys_2[key]
            sum_so_far += query[i + 3] * keys_3[key]
            another += other[i + 3] * keys_3[key]
            scores[key], others[key] = sum_so_far, another
    for i in range(whole, query.shape[0]):
        for key in range(num_keys):
            scores[key] += query[i] * keys[i, key]
            others[key] += other[i] * keys[i, key]


@compiled()
def softmax(scores: Array, scale: Any) -> None:
    best = highest(scores)
    for position in range(scores.shape[0]):
        scores[position] = exp((scores[position] - best) * scale)
    share = np.float32(1.0) / total(scores)
    for position in range(scores.shape[0]):
        scores[position] *= share


@compiled()
def mix(weights: Array, values: Array, first: int, out: Array) -> None:
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
def mix_two(weights: Array, others: Array, values: Array, first: int, out: Array, out_of_other: Array) -> None:
    """The same for two rows, which read each value once."""
    num_keys, head_size = weights.shape[0], out.shape[0]
    whole = num_keys // 4 * 4
    for key in range(0, whole, 4):
        values_0, values_1 = values[first + key], values[first + key + 1]
        values_2, values_3 = values[first + key + 2], values[first + key + 3]
        for i in range(head_size):
            mixed, another = out[i], out_of_other[i]
            mixed += weights[key] * values_0[i]
            another += others[key] * values_0[i]
            mixed += weights[key + 1] * values_1[i]
            another += others[key + 1] * values_1[i]
            mixed += weights[key + 2] * values_2[i]
            another += others[key + 2] * values_2[i]
            mixed += weights[key + 3] * values_3[i]
            another += others[key + 3] * values_3[i]
            out[i], out_of_other[i] = mixed, another
    for key in range(whole, num_keys):
        for i in range(head_size):
            out[i] += weights[key] * values[first + key, i]
            out_of_other[i] += others[key] * values[first + key, i]

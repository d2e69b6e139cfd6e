"""The sums of attention for one token or two, compiled, each in an order that nothing beside the token decides."""

from __future__ import annotations

from typing import Any

import numpy as np

from generation.engine.compiling import Array, compiled, exp, highest, total


@compiled()
def add(weights: Array, rows: Array, out: Array) -> None:
    """out += weights @ rows, of which as many rows and columns count as there are weights and sums; row after row."""
    num_rows, num_columns = weights.shape[0], out.shape[0]
    whole = num_rows // 4 * 4
    for row in range(0, whole, 4):
        row_0, row_1, row_2, row_3 = rows[row], rows[row + 1], rows[row + 2], rows[row + 3]
        for column in range(num_columns):
            so_far = out[column]
            so_far += weights[row] * row_0[column]
            so_far += weights[row + 1] * row_1[column]
            so_far += weights[row + 2] * row_2[column]
            so_far += weights[row + 3] * row_3[column]
            out[column] = so_far
    for row in range(whole, num_rows):
        for column in range(num_columns):
            out[column] += weights[row] * rows[row, column]


@compiled()
def add_two(weights: Array, others: Array, rows: Array, out: Array, out_of_others: Array) -> None:
    """The same with two sets of weights, which read each row once."""
    num_rows, num_columns = weights.shape[0], out.shape[0]
    whole = num_rows // 4 * 4
    for row in range(0, whole, 4):
        row_0, row_1, row_2, row_3 = rows[row], rows[row + 1], rows[row + 2], rows[row + 3]
        for column in range(num_columns):
            one, other = out[column], out_of_others[column]
            one += weights[row] * row_0[column]
            other += others[row] * row_0[column]
            one += weights[row + 1] * row_1[column]
            other += others[row + 1] * row_1[column]
            one += weights[row + 2] * row_2[column]
            other += others[row + 2] * row_2[column]
            one += weights[row + 3] * row_3[column]
            other += others[row + 3] * row_3[column]
            out[column], out_of_others[column] = one, other
    for row in range(whole, num_rows):
        for column in range(num_columns):
            out[column] += weights[row] * rows[row, column]
            out_of_others[column] += others[row] * rows[row, column]


@compiled()
def softmax(scores: Array, scale: Any) -> None:
    best = highest(scores)
    for position in range(scores.shape[0]):
        scores[position] = exp((scores[position] - best) * scale)
    share = np.float32(1.0) / total(scores)
    for position in range(scores.shape[0]):
        scores[position] *= share

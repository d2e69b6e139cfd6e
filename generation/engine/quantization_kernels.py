"""Rounding to integers before an int8 product and scaling after it, compiled. Plain arrays in and out.

A row is worked on alone and always in the same order, so what comes out for it does not depend on the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange

from generation.engine.compiling import Array, compiled


@compiled(parallel=True)
def quantise_in_parallel(x: Array, levels: int, quantised: Array, scales: Array, zeros: Array) -> None:
    for row in prange(x.shape[0]):
        _quantise_row(x[row], levels, quantised[row], scales[row : row + 1], zeros[row : row + 1])


@compiled()
def quantise(x: Array, levels: int, quantised: Array, scales: Array, zeros: Array) -> None:
    """x[t] = scales[t] * (quantised[t] - zeros[t]), rounded to the nearest of the `levels` steps that span the row.

    Zero is always a step. A row with something infinite or not a number in it gets NaN for its scale, and so its
    product.
    """
    for row in range(x.shape[0]):
        _quantise_row(x[row], levels, quantised[row], scales[row : row + 1], zeros[row : row + 1])


@compiled(parallel=True)
def dequantise_in_parallel(
    product: Array, scales: Array, zeros: Array, output_scales: Array, sums: Array, bias: Array
) -> None:
    for row in prange(product.shape[0]):
        _dequantise_row(product[row], scales[row], zeros[row], output_scales, sums, bias)


@compiled()
def dequantise(product: Array, scales: Array, zeros: Array, output_scales: Array, sums: Array, bias: Array) -> None:
    """Turns sums of integers, in place, into what they stand for: see QuantizedLinear."""
    for row in range(product.shape[0]):
        _dequantise_row(product[row], scales[row], zeros[row], output_scales, sums, bias)


@compiled()
def _quantise_row(x: Array, levels: int, quantised: Array, scale_of_row: Array, zero_of_row: Array) -> None:
    low, high = _span(x)
    scale = (high - low) / np.float32(levels)
    if scale == np.float32(0.0):
        scale = np.float32(1.0)
    zero = np.floor(np.float32(0.5) - low / scale)
    scale_of_row[0] = scale + _nothing(x)
    zero_of_row[0] = zero
    inverse, shift = np.float32(1.0) / scale, zero + np.float32(0.5)
    for place in range(x.shape[0]):
        step = min(max(x[place] * inverse + shift, np.float32(0.0)), np.float32(levels))
        quantised[place] = np.uint8(np.int32(step))


@compiled()
def _dequantise_row(sums_of_row: Array, scale: Any, zero: Any, output_scales: Array, sums: Array, bias: Array) -> None:
    for output in range(sums_of_row.shape[0]):
        exact = sums_of_row[output] - zero * sums[output]
        sums_of_row[output] = exact * (scale * output_scales[output]) + bias[output]


# Neither order nor the sign of a zero matters to what is lowest; what is no number is for the next function to find.
@compiled(fastmath={"nnan", "nsz"})
def _span(numbers: Array) -> Any:
    """The lowest and the highest number, 0 among them."""
    low = high = np.float32(0.0)
    for place in range(numbers.shape[0]):
        low, high = min(low, numbers[place]), max(high, numbers[place])
    return low, high


@compiled(fastmath={"reassoc"})
def _nothing(numbers: Array) -> Any:
    """0, or NaN where one of the numbers is infinite or not a number."""
    nothing = np.float32(0.0)
    for place in range(numbers.shape[0]):
        nothing += numbers[place] * np.float32(0.0)
    return nothing

"""Rounding to integers before an int8 product and scaling after it, compiled. Plain arrays in and out.

A row is worked on alone and always in the same order, so what comes out for it does not depend on the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from generation.engine.compiling import compiled

Array = np.ndarray[Any, Any]


@compiled()
def quantise(x: Array, levels: int, quantised: Array, scales: Array, zeros: Array) -> None:
    """x[t] = scales[t] * (quantised[t] - zeros[t]), rounded to the nearest of the `levels` steps that span the row.

    Zero is always a step. A row with something infinite or not a number in it gets NaN for its scale, and so its
    product.
    """
    for row in range(x.shape[0]):
        low, high = _span(x[row])
        scale = (high - low) / np.float32(levels)
        if scale == np.float32(0.0):
            scale = np.float32(1.0)
        zero = np.floor(np.float32(0.5) - low / scale)
        scales[row] = scale + _nothing(x[row])
        zeros[row] = zero
        inverse, shift = np.float32(1.0) / scale, zero + np.float32(0.5)
        for place in range(x.shape[1]):
            step = min(max(x[row, place] * inverse + shift, np.float32(0.0)), np.float32(levels))
            quantised[row, place] = np.uint8(np.int32(step))


@compiled()
def dequantise(product: Array, scales: Array, zeros: Array, output_scales: Array, sums: Array, bias: Array) -> None:
    """Turns sums of integers, in place, into what they stand for: see QuantizedLinear."""
    for row in range(product.shape[0]):
        scale, zero = scales[row], zeros[row]
        for output in range(product.shape[1]):
            exact = product[row, output] - zero * sums[output]
            product[row, output] = exact * (scale * output_scales[output]) + bias[output]


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

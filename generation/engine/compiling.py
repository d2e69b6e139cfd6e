"""Compiles functions over plain arrays. What they give may depend on no thread and no vector's width.

No `reassoc` is allowed by itself, since compilers would sum in an order that lengths decide; there is an `exp` of our
own, because the machine's differs between a vector and its rest.
"""

from __future__ import annotations

import functools
import importlib
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

logger = logging.getLogger(__name__)

Function = TypeVar("Function", bound=Callable[..., Any])
Array = np.ndarray[Any, Any]

# GNU's OpenMP, the only one of Numba's thread pools that may be entered from several threads.
numba.config.THREADING_LAYER = "omp"  # type: ignore[attr-defined]


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
    except ImportError as error:
        logger.warning("kernels run in one thread: %s (on Debian libgomp1 has it)", error)
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


@compiled()
def total(numbers: Array) -> Any:
    """In eight sums by place, which fill a vector, then pair by pair; the rest one by one."""
    zero = np.float32(0.0)
    sum_0, sum_1, sum_2, sum_3, sum_4, sum_5, sum_6, sum_7 = zero, zero, zero, zero, zero, zero, zero, zero
    whole = numbers.shape[0] // 8 * 8
    for place in range(0, whole, 8):
        sum_0 += numbers[place]
        sum_1 += numbers[place + 1]
        sum_2 += numbers[place + 2]
        sum_3 += numbers[place + 3]
        sum_4 += numbers[place + 4]
        sum_5 += numbers[place + 5]
        sum_6 += numbers[place + 6]
        sum_7 += numbers[place + 7]
    sum_0 = ((sum_0 + sum_1) + (sum_2 + sum_3)) + ((sum_4 + sum_5) + (sum_6 + sum_7))
    for place in range(whole, numbers.shape[0]):
        sum_0 += numbers[place]
    return sum_0


# Neither order nor the sign of a zero matters to what is highest, so a vector may take several at a time.
@compiled(fastmath={"nnan", "nsz"})
def highest(numbers: Array) -> Any:
    best = numbers[0]
    for place in range(numbers.shape[0]):
        best = max(best, numbers[place])
    return best

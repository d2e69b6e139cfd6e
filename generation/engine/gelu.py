"""GPT-2's activation, the same for a number wherever it stands.

PyTorch's differs in the last bits between a vector and what is left over at the end of a thread's share, and where the
shares end depends on how many tokens and threads there are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch.nn.functional as F
from numba import prange
from torch import Tensor

from generation.engine.compiling import compiled, exp
from generation.engine.threads import kernel_threads

Array = np.ndarray[Any, Any]

# 2 * sqrt(2 / pi): half of 1 + tanh(u) is 1 / (1 + exp(-2 u)).
SLOPE = np.float32(1.5957691216057308)
CUBIC = np.float32(0.044715)


def gelu(x: Tensor) -> Tensor:
    """The tanh form, in place on a CPU; `x` is (num_tokens, inner_width) in fp32."""
    if x.device.type != "cpu":
        return F.gelu(x, approximate="tanh")
    activate = activate_rows_in_parallel if kernel_threads() > 1 else activate_rows
    activate(x.numpy())
    return x


@compiled(parallel=True)
def activate_rows_in_parallel(x: Array) -> None:
    for row in prange(x.shape[0]):
        _activate(x[row])


@compiled()
def activate_rows(x: Array) -> None:
    for row in range(x.shape[0]):
        _activate(x[row])


# By Python's rules of division each one would be tried for zero by itself, not eight together.
@compiled(error_model="numpy")
def _activate(numbers: Array) -> None:
    for place in range(numbers.shape[0]):
        x = numbers[place]
        exponent = min(-SLOPE * (x + CUBIC * x * x * x), np.float32(88.0))
        numbers[place] = x / (np.float32(1.0) + exp(exponent))

"""How many threads compute a step: those of our compiled kernels, and those of PyTorch's operations."""

from __future__ import annotations

import threading

import numba
import torch

from generation.engine.compiling import max_threads

_of_this_thread = threading.local()


def use_threads(number: int, *, kernels_alone: bool = False) -> None:
    """From now on, whenever the calling thread computes.

    Numba and PyTorch usually find an OpenMP each, and the threads of both wait awake for milliseconds before they
    sleep. Where kernels compute the products too (`kernels_alone`) PyTorch gets one thread, so that no others of its
    hold the cores that the kernels' need.
    """
    _of_this_thread.number = min(number, max_threads())
    if _of_this_thread.number > 1:
        # Before PyTorch's: where both find the same OpenMP, Numba's first call sets the threads of both.
        numba.set_num_threads(_of_this_thread.number)
    torch.set_num_threads(1 if kernels_alone and _of_this_thread.number > 1 else number)


def kernel_threads() -> int:
    """One, unless the calling thread has said otherwise."""
    return getattr(_of_this_thread, "number", 1)

"""Gives memory that was freed back to the system."""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """The C library keeps what was freed in small pieces: hundreds of MB once weights were rounded layer by layer."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        # Only glibc has it; other libraries keep less.
        return
    trim(0)

"""What loading a checkpoint used on the way goes back to the system."""

from __future__ import annotations

import platform
import re
import types
from pathlib import Path

import pytest
import torch

from generation.engine import freed_memory
from generation.engine.freed_memory import give_back

MEBIBYTE = 2**20


def resident() -> int:
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    assert found
    return int(found[1]) * 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this C library has no malloc_trim")
def test_freed_pieces_are_given_back() -> None:
    # Below glibc's threshold of 128 KiB they come from its heap, and the kept ones hold that open.
    pieces = [torch.ones(15_000) for _ in range(4000)]
    kept = pieces[::50]
    full = resident()
    del pieces
    give_back()
    assert resident() < full - 150 * MEBIBYTE
    assert all(piece.sum() == 15_000 for piece in kept)


def test_without_the_function_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freed_memory.ctypes, "CDLL", lambda name: types.SimpleNamespace())
    give_back()

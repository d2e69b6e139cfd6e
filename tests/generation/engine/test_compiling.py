"""What compiling needs of the machine, and what it leaves as it was."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numba
import pytest

from generation.engine.compiling import compiled

ONE_THREAD = """
import torch
from generation.engine.attention import AttentionPlan
from generation.engine.kv_cache import CellShape
from generation.engine.threads import use_threads
use_threads(1)
AttentionPlan(torch.zeros(64), CellShape(1, 1, 1, torch.float32)).close()
print(torch.get_num_threads())
"""


def test_where_nothing_can_be_written_functions_work_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    njit = numba.njit

    def refuse_cache(cache: bool = False, **options: Any) -> Any:
        if cache:
            raise RuntimeError("no locator available")
        return njit(**options)

    with monkeypatch.context() as patch:
        patch.setattr(numba, "njit", refuse_cache)

        @compiled()
        def double(number: int) -> int:
            return 2 * number

    assert double(4) == 8
    assert "double is compiled anew in each process: no locator available" in caplog.text


def test_a_plan_for_one_thread_starts_no_other() -> None:
    # Numba's first call sets the threads of the whole process, so the process is a fresh one.
    output = subprocess.run([sys.executable, "-c", ONE_THREAD], capture_output=True, text=True, check=True)
    assert output.stdout == "1\n"

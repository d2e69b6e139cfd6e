"""Each thread says for itself how many others compute with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from generation.engine.compiling import max_threads
from generation.engine.threads import kernel_threads, use_threads

needs_threads = pytest.mark.skipif(max_threads() < 2, reason="this machine has one core, or no OpenMP library")


@pytest.fixture(autouse=True)
def _one_thread_afterwards() -> Iterator[None]:
    yield
    use_threads(1)


@needs_threads
def test_pytorch_gets_one_where_kernels_do_the_work() -> None:
    use_threads(2, kernels_alone=True)
    assert (kernel_threads(), torch.get_num_threads()) == (2, 1)
    use_threads(2)
    assert (kernel_threads(), torch.get_num_threads()) == (2, 2)


def test_pytorch_keeps_its_threads_where_kernels_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.engine.threads.max_threads", lambda: 1)
    use_threads(2, kernels_alone=True)
    assert (kernel_threads(), torch.get_num_threads()) == (1, 2)


@needs_threads
def test_what_one_thread_takes_says_nothing_of_others() -> None:
    use_threads(2)
    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(kernel_threads).result() == 1


@pytest.mark.parametrize(("given", "kept"), [({}, "10000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_waiting_awake_is_short_unless_somebody_decided(given: dict[str, str], kept: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"} | given
    program = "import generation, os, sys; print('torch' in sys.modules, os.environ['GOMP_SPINCOUNT'])"
    output = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert output.stdout.split() == ["False", kept]

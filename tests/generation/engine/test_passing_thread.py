"""What loading a checkpoint computed with is gone when it has been loaded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from generation.engine import engine
from generation.engine.passing_thread import in_passing_thread
from tests.generation.driver import Driver


def test_the_thread_has_ended_when_the_result_is_there() -> None:
    thread = in_passing_thread(threading.current_thread)
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


def test_what_it_raises_is_raised() -> None:
    def fail() -> None:
        raise ValueError("no such weight")

    with pytest.raises(ValueError, match="no such weight"):
        in_passing_thread(fail)


def test_no_thread_that_loaded_a_checkpoint_stays(
    monkeypatch: pytest.MonkeyPatch, make_driver: Callable[..., Driver]
) -> None:
    threads: list[threading.Thread] = []
    load_checkpoint = engine.load_checkpoint

    def load(*arguments: Any) -> Any:
        threads.append(threading.current_thread())
        return load_checkpoint(*arguments)

    monkeypatch.setattr(engine, "load_checkpoint", load)
    assert make_driver().complete("It was", max_new_tokens=3, num_continuations=1)
    assert [thread.is_alive() for thread in threads] == [False]

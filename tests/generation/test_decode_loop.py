"""A loop that no longer turns is noticed, and one that dies does not die in silence."""

import threading
import time

import pytest

from generation.decode_loop import DecodeLoop
from tests.generation.fake_engine import FakeEngine
from tests.waiting import wait_until


class StuckEngine:
    """Turns once and then no more, until it is let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def run(self, stop: threading.Event) -> None:
        stop.is_set()
        self.let_go.wait()


class LazyEngine:
    def run(self, stop: threading.Event) -> None:
        stop.is_set()


def test_a_turning_loop_is_alive() -> None:
    loop = DecodeLoop(FakeEngine(), on_death=pytest.fail)
    loop.open()
    begun = time.monotonic()
    wait_until(lambda: time.monotonic() > begun + 0.2)
    assert loop.seconds_since_turn < 0.2
    loop.close(1.0)


def test_a_stuck_loop_is_noticed() -> None:
    engine = StuckEngine()
    loop = DecodeLoop(engine, on_death=pytest.fail)
    loop.open()
    wait_until(lambda: loop.seconds_since_turn > 0.2)
    engine.let_go.set()
    loop.close(1.0)


def test_a_dying_loop_tells() -> None:
    engine, reasons = FakeEngine(), list[str]()
    engine.breaks_with = RuntimeError("no more memory")
    loop = DecodeLoop(engine, reasons.append)
    loop.open()
    wait_until(lambda: reasons == ["RuntimeError: no more memory"])


def test_a_loop_that_ends_unasked_has_died_too() -> None:
    reasons: list[str] = []
    loop = DecodeLoop(LazyEngine(), reasons.append)
    loop.open()
    wait_until(lambda: reasons == ["its loop ended by itself"])


def test_a_loop_that_is_closed_has_not_died() -> None:
    reasons: list[str] = []
    loop = DecodeLoop(FakeEngine(), reasons.append)
    loop.open()
    loop.close(5.0)
    assert reasons == []

"""Steps that read prompts beside others stay short, on whatever machine."""

from __future__ import annotations

import pytest

from generation.engine.pace import Pace, patience


@pytest.fixture
def pace() -> Pace:
    return Pace(least=64, most=256, step_s=0.06)


def test_it_reads_more_while_that_is_quick(pace: Pace) -> None:
    for _ in range(5):
        pace.note(pace.budget, 0.01)
    assert pace.budget == 256


def test_it_reads_less_as_soon_as_a_step_is_slow_but_always_something(pace: Pace) -> None:
    pace.note(64, 0.01)
    pace.note(128, 0.01)
    pace.note(256, 0.07)
    assert pace.budget == 128
    for _ in range(5):
        pace.note(pace.budget, 1.0)
    assert pace.budget == 64


def test_a_step_that_read_little_says_nothing_of_larger_ones(pace: Pace) -> None:
    pace.note(3, 0.001)
    assert pace.budget == 64


def test_a_step_of_the_right_length_changes_nothing(pace: Pace) -> None:
    pace.note(64, 0.04)
    assert pace.budget == 64


def test_steps_are_longer_while_many_wait_for_any_text(pace: Pace) -> None:
    pace.note(64, 0.1, patience(num_waiting=7, num_writing=1))
    pace.note(128, 0.2, patience(num_waiting=6, num_writing=1))
    assert pace.budget == 256
    pace.note(256, 0.2, patience(num_waiting=1, num_writing=7))
    assert pace.budget == 128


def test_few_who_wait_beside_many_who_write_make_steps_hardly_longer() -> None:
    assert patience(num_waiting=0, num_writing=3) == 1
    assert patience(num_waiting=2, num_writing=0) == 5
    assert patience(num_waiting=1, num_writing=8) < 1.2

"""Steps that read prompts beside others stay short, on whatever machine."""

from __future__ import annotations

import pytest

from generation.engine.pace import Pace, patience


@pytest.fixture
def pace() -> Pace:
    return Pace(least=64, most=256, step_s=0.06)


def test_it_reads_more_while_that_is_quick(pace: Pace) -> None:
    pace.note(64, 0.025, is_used_up=True)
    assert pace.budget == 128
    for _ in range(5):
        pace.note(pace.budget, 0.025, is_used_up=True)
    assert pace.budget == 256


def test_it_reads_at_once_as_much_as_there_is_time_for(pace: Pace) -> None:
    pace.note(64, 0.019, is_used_up=True)
    assert pace.budget == 192
    pace.note(64, 0.0001, is_used_up=True)
    assert pace.budget == 256


def test_it_reads_less_as_soon_as_a_step_is_slow_but_always_something(pace: Pace) -> None:
    pace.note(64, 0.01, is_used_up=True)
    pace.note(64, 0.07, is_used_up=True)
    assert pace.budget == 128
    for _ in range(5):
        pace.note(64, 1.0, is_used_up=False)
    assert pace.budget == 64


def test_a_step_that_left_nothing_to_read_says_nothing_of_larger_ones(pace: Pace) -> None:
    pace.note(64, 0.001, is_used_up=False)
    assert pace.budget == 64


def test_more_is_read_only_as_far_as_was_tried(pace: Pace) -> None:
    pace.note(30, 0.019, is_used_up=True)
    assert pace.budget == 90
    pace.note(10, 0.019, is_used_up=True)
    assert pace.budget == 90


def test_a_step_of_the_right_length_changes_nothing(pace: Pace) -> None:
    pace.note(64, 0.04, is_used_up=True)
    assert pace.budget == 64


def test_steps_are_longer_while_many_wait_for_any_text(pace: Pace) -> None:
    pace.note(64, 0.2, patience(num_waiting=7, num_writing=1), is_used_up=True)
    assert pace.budget == 256
    pace.note(64, 0.2, patience(num_waiting=6, num_writing=1), is_used_up=True)
    assert pace.budget == 256
    pace.note(64, 0.2, patience(num_waiting=1, num_writing=7), is_used_up=True)
    assert pace.budget == 128


def test_few_who_wait_beside_many_who_write_make_steps_hardly_longer() -> None:
    assert patience(num_waiting=0, num_writing=3) == 1
    assert patience(num_waiting=2, num_writing=0) == 5
    assert patience(num_waiting=1, num_writing=8) < 1.2

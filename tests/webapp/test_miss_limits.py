"""Misses are counted for each key, for a while, and not without end."""

from __future__ import annotations

import pytest

from webapp import miss_limits
from webapp.miss_limits import MissLimit


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_limit_is_reached_by_one_key_and_not_by_others() -> None:
    limit = MissLimit(2, 60, Clock())
    limit.miss("a")
    assert not limit.is_reached("a")
    limit.miss("a")
    assert limit.is_reached("a")
    assert not limit.is_reached("b")


def test_it_ends_when_the_oldest_miss_is_old_and_when_it_is_forgotten() -> None:
    clock = Clock()
    limit = MissLimit(2, 60, clock)
    for clock.now in (0.0, 30.0):
        limit.miss("a")
    clock.now = 59.0
    assert limit.is_reached("a")
    clock.now = 60.0
    assert not limit.is_reached("a")
    limit.miss("a")
    assert limit.is_reached("a")
    limit.forget("a")
    assert not limit.is_reached("a")


def test_the_oldest_keys_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(miss_limits, "MAX_KEYS", 2)
    limit = MissLimit(1, 60, Clock())
    for key in "abc":
        limit.miss(key)
    assert [limit.is_reached(key) for key in "abc"] == [False, True, True]

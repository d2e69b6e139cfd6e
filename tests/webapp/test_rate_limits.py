"""Token buckets on a clock of the test's own."""

from __future__ import annotations

import pytest

from webapp.errors import ClientError
from webapp.rate_limits import FrameLimits, TokenBucket


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_the_rate_holds() -> None:
    clock = Clock()
    bucket = TokenBucket(rate=8, burst=3, clock=clock)
    assert [bucket.take() for _ in range(3)] == [0, 0, 0]
    assert bucket.take() == pytest.approx(0.125)
    clock.now += 0.125
    assert bucket.take() == 0
    assert bucket.take() == pytest.approx(0.125)


def test_a_bucket_holds_no_more_than_its_burst() -> None:
    clock = Clock()
    bucket = TokenBucket(rate=10, burst=2, clock=clock)
    clock.now += 1000
    assert [bucket.take() > 0 for _ in range(3)] == [False, False, True]


async def test_each_type_of_frame_has_its_own_limit() -> None:
    limits = FrameLimits(Clock())
    for _ in range(20):
        await limits.admit("suggest")
    with pytest.raises(ClientError, match="at most 10 a second"):
        await limits.admit("suggest")
    await limits.admit("caret")


async def test_an_edit_waits_for_its_turn() -> None:
    limits = FrameLimits()
    for _ in range(62):
        await limits.admit("edit")

"""What a step takes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from torch import Tensor

from generation.engine.linear import num_rows_for
from generation.engine.model import GPT2
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver


def num_tokens(driver: Driver, request_id: str) -> int:
    return sum(len(tokens) for tokens in driver.token_ids(request_id))


def test_short_prompts_are_read_before_long_ones(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(prefill_chunk=64)
    long = driver.submit(TRAINING_TEXT[:800], num_continuations=1)
    short = driver.submit("The cat", num_continuations=1)
    driver.engine.step()
    assert (num_tokens(driver, short), num_tokens(driver, long)) == (1, 0)


def test_requests_are_taken_up_in_the_order_they_came(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(max_running=2)
    requests = [driver.submit("The cat", num_continuations=1, max_new_tokens=3) for _ in range(4)]
    driver.engine.step()
    assert [num_tokens(driver, request_id) for request_id in requests] == [1, 1, 0, 0]
    assert driver.engine.loaded()["tiny"].num_waiting == 2
    driver.run()
    assert [num_tokens(driver, request_id) for request_id in requests] == [3] * 4


def test_a_request_larger_than_the_limit_runs_alone(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(max_running=2)
    assert len(driver.complete("The cat", num_continuations=6, max_new_tokens=3)) == 6


def test_the_longest_last_word_is_read_beside_others(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(prefill_chunk=64)
    driver.submit("The cat", max_new_tokens=100)
    driver.engine.step()
    reading = driver.submit("\x00\x01\x02\x03" * 20, num_continuations=1, max_new_tokens=2)
    for _ in range(4):
        driver.engine.step()
    assert num_tokens(driver, reading) == 2


def test_pieces_of_a_prompt_leave_no_rows_to_fill_up(
    make_driver: Callable[..., Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_driver(prefill_chunk=256)
    driver.submit("The cat", num_continuations=5, max_new_tokens=100)
    driver.engine.step()
    sizes: list[int] = []
    forward = GPT2.forward

    def note(model: GPT2, input_ids: Sequence[int], *others: Any) -> Tensor:
        sizes.append(len(input_ids))
        return forward(model, input_ids, *others)

    monkeypatch.setattr(GPT2, "forward", note)
    reading = driver.submit(TRAINING_TEXT[:1000], num_continuations=1, max_new_tokens=1)
    while not driver.finished(reading):
        driver.engine.step()
    assert len(sizes) >= 2
    assert all(num_rows_for(size) == size for size in sizes[:-1])

"""A continuation depends on its request alone, not on who else is decoded beside it."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver

PARAMS: dict[str, Any] = {
    "seed": 11,
    "num_continuations": 3,
    "max_new_tokens": 12,
    "temperature": 0.9,
    "top_p": 0.95,
}
PROMPT = "It was a bright cold day in Ap"


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("seed", range(6))
def test_random_neighbours_change_no_token(make_driver: Callable[..., Driver], seed: int, dtype: str) -> None:
    alone = make_driver(dtype=dtype)
    expected = alone.submit(PROMPT, **PARAMS)
    alone.run()
    driver = make_driver(dtype=dtype)
    chance = random.Random(seed)
    requests = []
    for _ in range(15):
        place = chance.randrange(len(TRAINING_TEXT) - 200)
        neighbour = TRAINING_TEXT[place : place + chance.randint(0, 200)]
        driver.submit(neighbour, seed=chance.randrange(1000), max_new_tokens=chance.randint(1, 20))
        if chance.random() < 0.4:
            requests.append(driver.submit(PROMPT, **PARAMS))
        for _ in range(chance.randint(0, 4)):
            driver.engine.step()
    driver.run()
    for request_id in requests:
        assert driver.token_ids(request_id) == alone.token_ids(expected)

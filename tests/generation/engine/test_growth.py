"""Requests leave nothing behind: neither objects nor memory. NUM_REQUESTS=20000 asks for more than a usual run."""

from __future__ import annotations

import gc
import logging
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from generation.errors import InvalidParams
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver

logger = logging.getLogger(__name__)

NUM_REQUESTS = int(os.environ.get("NUM_REQUESTS", "600"))
NUM_BEFORE = 300
# What the allocator keeps of the largest moments; a request that left its events behind would leave ten times that.
MOST_BYTES = 16 * 2**20


def test_requests_leave_nothing_behind(make_driver: Callable[..., Driver]) -> None:
    # So little room that what is kept for sessions has reached its largest size before the counting begins.
    driver = make_driver(memory_budget=2 * 2**20, prefill_chunk=64)
    chance = random.Random(0)
    serve(driver, chance, NUM_BEFORE)
    num_objects, num_bytes = count_objects(), resident_bytes()
    serve(driver, chance, NUM_REQUESTS)
    more_objects, more_bytes = count_objects() - num_objects, resident_bytes() - num_bytes
    logger.info("%.1f MiB, %+.1f MiB after %d requests", num_bytes / 2**20, more_bytes / 2**20, NUM_REQUESTS)
    assert more_objects < NUM_REQUESTS / 10
    assert more_bytes < MOST_BYTES


def serve(driver: Driver, chance: random.Random, num_requests: int) -> None:
    """Typists who go on, come new, call off, are late, and ask for what cannot be had."""
    for number in range(num_requests):
        session = chance.choice([f"new-{number}", f"known-{number % 7}"])
        place = chance.randrange(len(TRAINING_TEXT) - 100)
        prompt = TRAINING_TEXT[place : place + chance.choice([0, 5, 40, 100])]
        limit = chance.choice([100, 10_000])
        request_id = driver.submit(
            prompt, f"{session}:{number}", num_continuations=2, max_new_tokens=chance.randint(1, 4), max_time_ms=limit
        )
        match chance.random():
            case share if share < 0.2:
                driver.engine.cancel(request_id)
            case share if share < 0.3:
                driver.now += 0.2
            case share if share < 0.4:
                driver.engine.cancel("nobody:0")
            case share if share < 0.5:
                with pytest.raises(InvalidParams):
                    driver.submit(prompt, logit_bias=((10_000_000, 1.0),))
        driver.engine.step()
        if number % 8 == 7:
            driver.run()
            driver.events.clear()
    driver.run()
    driver.events.clear()


def count_objects() -> int:
    gc.collect()
    return len(gc.get_objects())


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

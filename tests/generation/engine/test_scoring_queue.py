"""Scoring is background work: it takes few steps from requests, and gets to its end all the same."""

from __future__ import annotations

import pytest

from generation.engine import scoring
from generation.engine.scoring import Scoring
from generation.engine.scoring_queue import STEPS_PER_CHUNK
from tests.generation.driver import Driver

TEXT = "The cat sat on the mat. “What is it?” said Alice."


@pytest.fixture
def chunks(monkeypatch: pytest.MonkeyPatch) -> list[Scoring]:
    """Chunks of one token; the scoring of each that was read."""
    read: list[Scoring] = []
    advance = Scoring.advance

    def note_and_advance(self: Scoring) -> bool:
        read.append(self)
        return advance(self)

    monkeypatch.setattr(scoring, "CHUNK", 1)
    monkeypatch.setattr(Scoring, "advance", note_and_advance)
    return read


def keep_busy(driver: Driver, num_steps: int) -> None:
    """So many steps in each of which somebody writes."""
    for _ in range(num_steps):
        if driver.engine.loaded()["tiny"].num_running == 0:
            driver.submit("The cat", max_new_tokens=40)
        assert driver.engine.step()


def test_alone_every_step_reads_a_chunk(driver: Driver, chunks: list[Scoring]) -> None:
    driver.engine.score("tiny", TEXT)
    for number in range(1, 6):
        driver.engine.step()
        assert len(chunks) == number


def test_requests_do_not_wait_for_a_score(driver: Driver, chunks: list[Scoring]) -> None:
    alone = driver.submit("The cat", max_new_tokens=5)
    num_steps = driver.run()
    result = driver.engine.score("tiny", TEXT * 3)
    request_id = driver.submit("The cat", max_new_tokens=5)
    for _ in range(num_steps):
        driver.engine.step()
    assert driver.texts(request_id) == driver.texts(alone)
    assert chunks == []
    driver.run()
    assert result.done()


def test_of_busy_steps_a_bounded_share_reads_chunks(driver: Driver, chunks: list[Scoring]) -> None:
    driver.engine.score("tiny", TEXT * 20)
    keep_busy(driver, 5 * STEPS_PER_CHUNK)
    assert len(chunks) == 5


def test_a_score_ends_however_long_others_write(driver: Driver, chunks: list[Scoring]) -> None:
    result = driver.engine.score("tiny", "The cat")
    other = driver.engine.score("tiny", "It was")
    keep_busy(driver, 20 * STEPS_PER_CHUNK)
    assert result.done()
    assert other.done()


def test_a_score_that_comes_late_waits_for_its_turn(driver: Driver, chunks: list[Scoring]) -> None:
    keep_busy(driver, 3 * STEPS_PER_CHUNK)
    driver.engine.score("tiny", TEXT)
    keep_busy(driver, STEPS_PER_CHUNK - 1)
    assert chunks == []
    keep_busy(driver, 1)
    assert len(chunks) == 1

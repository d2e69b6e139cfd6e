"""When the decode loop dies, everybody who waits hears why; when it is asked to end, that it ends."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from generation.checkpoints import Checkpoint
from generation.engine.scheduler import Scheduler
from generation.engine.slots import SlotPool
from generation.errors import EngineClosed, EngineDied
from tests.generation.driver import Driver

REASON = "the engine stopped: MemoryError: no more memory"


@pytest.fixture
def dying(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Driver:
    """Its next step with a request kills the loop."""

    def admit(self: Scheduler) -> None:
        raise MemoryError("no more memory")

    monkeypatch.setattr(Scheduler, "admit", admit)
    return driver


def run_to_death(driver: Driver) -> None:
    with pytest.raises(MemoryError, match="no more memory"):
        driver.engine.run(threading.Event())


def test_who_waits_is_told_why(dying: Driver) -> None:
    first, second = dying.submit("The cat"), dying.submit("The dog")
    run_to_death(dying)
    for request_id in (first, second):
        assert [(event.code, event.message) for event in dying.failed(request_id)] == [("failed", REASON)]


def test_who_is_being_answered_is_told_why(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    running = driver.submit("The cat")
    driver.engine.step()

    def next_batch(self: Scheduler, has_company: bool) -> None:
        raise MemoryError("no more memory")

    monkeypatch.setattr(Scheduler, "next_batch", next_batch)
    run_to_death(driver)
    assert [event.message for event in driver.failed(running)] == [REASON]


def test_who_waits_for_scores_is_told_why(dying: Driver) -> None:
    results = [dying.engine.score("tiny", "The cat sat on the mat.") for _ in range(2)]
    dying.submit("The cat")
    run_to_death(dying)
    for result in results:
        with pytest.raises(EngineDied, match=REASON):
            result.result(timeout=0)


def test_who_comes_later_is_told_why(dying: Driver) -> None:
    dying.submit("The cat")
    run_to_death(dying)
    with pytest.raises(EngineDied, match=REASON):
        dying.submit("The cat")
    with pytest.raises(EngineDied, match=REASON):
        dying.engine.score("tiny", "The cat")
    dying.engine.close()
    with pytest.raises(EngineDied, match=REASON):
        dying.submit("The cat")


def test_what_goes_wrong_again_at_the_end_keeps_nobody_from_the_news(
    driver: Driver, checkpoint_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def release(*arguments: object) -> None:
        raise MemoryError("no more memory")

    driver.engine.load(Checkpoint("other", f"folder:{checkpoint_folder.name}"))
    short = driver.submit("The cat", max_new_tokens=1)
    requests = [driver.submit("The cat", checkpoint=name, max_new_tokens=40) for name in ("tiny", "other")]
    score = driver.engine.score("tiny", "The cat")
    monkeypatch.setattr(SlotPool, "release", release)
    run_to_death(driver)
    assert len(driver.finished(short)) == 3
    assert [[event.message for event in driver.failed(request_id)] for request_id in requests] == [[REASON]] * 2
    with pytest.raises(EngineDied):
        score.result(timeout=0)
    assert "tiny could not put away its requests" in caplog.text


def test_an_error_without_a_text_is_named(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def admit(self: Scheduler) -> None:
        raise MemoryError

    monkeypatch.setattr(Scheduler, "admit", admit)
    request_id = driver.submit("The cat")
    with pytest.raises(MemoryError):
        driver.engine.run(threading.Event())
    assert [event.message for event in driver.failed(request_id)] == ["the engine stopped: MemoryError"]


def test_an_orderly_end_is_called_one(driver: Driver) -> None:
    request_id, stop = driver.submit("The cat"), threading.Event()
    stop.set()
    driver.engine.run(stop)
    assert [(event.code, event.message) for event in driver.failed(request_id)] == [
        ("unavailable", "the engine is shutting down")
    ]
    with pytest.raises(EngineClosed, match="shutting down") as refusal:
        driver.submit("The cat")
    assert not isinstance(refusal.value, EngineDied)

"""How the worker lives in a Celery process: opened and closed with it, consuming what it has loaded."""

from types import SimpleNamespace
from typing import Any

import pytest

from generation import serving
from generation.config import ConfigError
from generation.serving import HostedWorker, ReadyQueues, current_worker


class FakeWorker:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.ready: set[str] = set()

    def open(self) -> None:
        self.calls.append("open")

    def close(self) -> None:
        self.calls.append("close")

    def refuse_new(self) -> None:
        self.calls.append("refuse_new")

    def note_consuming(self, is_consuming: bool) -> None:
        self.calls.append("consuming" if is_consuming else "not consuming")

    def ready_checkpoints(self) -> set[str]:
        return self.ready


class FakeConsumer:
    """Of Celery's consumer what ReadyQueues uses; `tick` is a turn of its timer."""

    def __init__(self) -> None:
        self.names = ["records"]
        self.timer = SimpleNamespace(call_repeatedly=self._call_repeatedly)
        self.is_timed = False

    @property
    def task_consumer(self) -> Any:
        return SimpleNamespace(queues=[SimpleNamespace(name=name) for name in self.names])

    def add_task_queue(self, name: str) -> None:
        self.names.append(name)

    def cancel_task_queue(self, name: str) -> None:
        self.names.remove(name)

    def tick(self) -> None:
        self._work(*self._args)

    def _call_repeatedly(self, seconds: float, work: Any, args: Any) -> Any:
        self._work, self._args, self.is_timed = work, args, True
        return SimpleNamespace(cancel=lambda: setattr(self, "is_timed", False))


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> FakeWorker:
    worker = FakeWorker()
    monkeypatch.setattr(serving, "_hosted", [])
    monkeypatch.setattr(serving, "build_worker", lambda redis_url: worker)
    return worker


def parent() -> Any:
    return SimpleNamespace(app=SimpleNamespace(conf=SimpleNamespace(generation_redis_url="redis://")))


def test_the_worker_is_opened_and_closed_with_its_process(worker: FakeWorker) -> None:
    step = HostedWorker(parent())
    step.start(parent())
    assert current_worker() is worker
    step.close(parent())
    step.stop(parent())
    assert worker.calls == ["not consuming", "open", "refuse_new", "close"]


def test_a_setting_that_cannot_be_read_ends_the_process_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(redis_url: str) -> None:
        raise ConfigError("MAX_RUNNING is 'many', expected an integer")

    monkeypatch.setattr(serving, "build_worker", refuse)
    with pytest.raises(SystemExit):
        HostedWorker(parent()).start(parent())
    assert caplog.messages == ["the worker cannot start: MAX_RUNNING is 'many', expected an integer"]


def test_only_the_queues_of_ready_checkpoints_are_consumed(worker: FakeWorker) -> None:
    HostedWorker(parent()).start(parent())
    consumer = FakeConsumer()
    ReadyQueues(consumer).start(consumer)
    worker.ready = {"tiny", "large"}
    consumer.tick()
    assert set(consumer.names) == {"records", "checkpoint.tiny", "checkpoint.large"}
    worker.ready = {"large"}
    consumer.tick()
    assert set(consumer.names) == {"records", "checkpoint.large"}


def test_the_worker_knows_whether_tasks_can_reach_it(worker: FakeWorker) -> None:
    HostedWorker(parent()).start(parent())
    consumer = FakeConsumer()
    step = ReadyQueues(consumer)
    step.start(consumer)
    step.stop(consumer)
    assert worker.calls[-2:] == ["consuming", "not consuming"]
    assert not consumer.is_timed

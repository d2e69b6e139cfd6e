"""Lets a Celery worker process host our worker, and consume only the queues of checkpoints that it has loaded."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from celery import Celery, bootsteps
from celery.worker.components import Pool
from celery.worker.consumer import Consumer, Tasks

from generation.catalogue import QUEUE_PREFIX, queue_of
from generation.config import ConfigError
from generation.worker import Worker, build_worker

CHECK_S = 0.2
RECONNECT_S = 1.0

logger = logging.getLogger(__name__)

_hosted: list[Worker] = []


def serve_in(app: Celery, redis_url: str) -> None:
    """Makes every `celery worker` of `app` open a worker at its start and close it at its end."""
    app.conf.generation_redis_url = redis_url
    app.conf.worker_consumer = PromptConsumer
    app.steps["worker"].add(HostedWorker)
    app.steps["consumer"].add(ReadyQueues)


def current_worker() -> Worker:
    """The worker of this process; tasks run only where there is one."""
    return _hosted[0]


class HostedWorker(bootsteps.StartStopStep):  # type: ignore[misc]  # celery is untyped
    """Stops before the pool, which waits for its tasks: they end because our worker lets them end."""

    requires = (Pool,)

    def start(self, parent: Any) -> None:
        try:
            worker = build_worker(parent.app.conf.generation_redis_url)
        except ConfigError as error:
            logger.critical("the worker cannot start: %s", error)
            raise SystemExit(1) from error
        worker.note_consuming(False)
        worker.open()
        _hosted.append(worker)

    def close(self, parent: Any) -> None:
        for worker in _hosted:
            worker.refuse_new()

    def stop(self, parent: Any) -> None:
        while _hosted:
            _hosted[0].close()
            del _hosted[0]


class PromptConsumer(Consumer):  # type: ignore[misc]
    """Looks for a lost Redis once a second. Celery's own pauses grow to half a minute, and somebody is typing."""

    def ensure_connected(self, conn: Any) -> Any:
        conn.ensure_connection = partial(
            conn.ensure_connection, interval_start=RECONNECT_S, interval_step=0, interval_max=RECONNECT_S
        )
        return super().ensure_connected(conn)


class ReadyQueues(bootsteps.StartStopStep):  # type: ignore[misc]
    """A checkpoint's queue is consumed from the moment it is ready, so that no task waits for a load."""

    requires = (Tasks,)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._timer_entry: Any = None

    def start(self, consumer: Any) -> None:
        _note_consuming(True)
        self._timer_entry = consumer.timer.call_repeatedly(CHECK_S, self._follow, (consumer,))

    def stop(self, consumer: Any) -> None:
        _note_consuming(False)
        if self._timer_entry is not None:
            self._timer_entry.cancel()

    def _follow(self, consumer: Any) -> None:
        names = current_worker().ready_checkpoints() if _hosted else set()
        ready = {queue_of(name) for name in names}
        consumed = {queue.name for queue in consumer.task_consumer.queues if queue.name.startswith(QUEUE_PREFIX)}
        for queue in ready - consumed:
            consumer.add_task_queue(queue)
        for queue in consumed - ready:
            consumer.cancel_task_queue(queue)


def _note_consuming(is_consuming: bool) -> None:
    for worker in _hosted:
        worker.note_consuming(is_consuming)

"""The worker process: an engine with its loop, and the threads that tie it to Redis. Only here are imports lazy."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from typing import Protocol

from redis.exceptions import RedisError

from generation import cancellation, catalogue, heartbeats
from generation.answers import Answers, SubmittingEngine
from generation.config import EngineConfig
from generation.decode_loop import DecodeLoop, LoopingEngine
from generation.heartbeats import Heartbeat
from generation.listener import Listener
from generation.loader import Loader, LoadingEngine
from generation.messages import GenerationRequest
from generation.redis_connection import open_redis
from generation.streaming import EventSender, open_channel_layer

# A loop that has not turned for this long is not called alive; after the longer time the process ends itself.
STALL_S = 5.0
STUCK_S = 60.0
# At shutdown running requests may end by themselves for this long, then they are cut off.
DRAIN_S = 2.0
LAST_EVENTS_S = 1.0
EXIT_CODE_DEAD_LOOP = 70

logger = logging.getLogger(__name__)


class Engine(LoopingEngine, LoadingEngine, SubmittingEngine, Protocol):
    """What the worker asks of generation.engine.Engine. Its `run` closes it at the end."""


class Worker:
    """Works from `open` to `close`. `answer` and `ready_checkpoints` are for any thread.

    `weights_budget` is how many bytes the weights of all loaded checkpoints may take together.
    """

    def __init__(
        self, engine: Engine, redis_url: str, weights_budget: int, exit_process: Callable[[int], object] = os._exit
    ) -> None:
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._redis = open_redis(redis_url)
        self._exit_process = exit_process
        self._catalogue = catalogue.EMPTY
        self._is_closing = False
        self._is_consuming = True
        self._is_redis_away = False
        self._rung = threading.Event()
        self._sender = EventSender(open_channel_layer(redis_url))
        self._answers = Answers(engine, self._redis, self._sender.post)
        self._loader = Loader(engine, weights_budget, on_change=self._rung.set)
        self._loop = DecodeLoop(engine, self._die)
        handlers = {cancellation.CHANNEL: self._answers.cancel, catalogue.CHANGED_CHANNEL: self._hear_change}
        self._listener = Listener(redis_url, handlers, on_subscribed=self._catch_up)
        self._housekeeper = threading.Thread(target=self._keep_house, name="housekeeper", daemon=True)

    def open(self) -> None:
        self._sender.open()
        self._loop.open()
        self._loader.open()
        self._listener.open()
        self._housekeeper.start()

    def ready_checkpoints(self) -> set[str]:
        """The checkpoints whose tasks this worker can answer at once; none when it is closing."""
        if self._is_closing:
            return set()
        return {name for name, status in self._loader.statuses().items() if status.state == "ready"}

    def answer(self, request: GenerationRequest) -> None:
        """Generates for `request` and returns when its last event has been posted."""
        self._loader.note_use(request.checkpoint)
        self._answers.answer(request)

    def note_consuming(self, is_consuming: bool) -> None:
        """While no task can come in the worker gives no sign of life, so that nobody is sent to it."""
        self._is_consuming = is_consuming
        self._rung.set()

    def refuse_new(self) -> None:
        """From now on no request is taken. Safe in a signal handler."""
        self._is_closing = True
        self._answers.refuse_new()

    def close(self) -> None:
        """Lets running requests end, cuts off the late ones, sends the last events."""
        self.refuse_new()
        self._answers.drain(DRAIN_S, LAST_EVENTS_S)
        self._loader.close()
        self._rung.set()
        self._housekeeper.join()
        self._listener.close()
        self._sender.close(LAST_EVENTS_S)
        self._loop.close(LAST_EVENTS_S)
        self._say_goodbye()
        self._redis.close()

    def _hear_change(self, what: str) -> None:
        """`what` is the catalogue's new version, or the name of a checkpoint that somebody asks for."""
        self._loader.ask_again(what)
        self._rung.set()

    def _catch_up(self) -> None:
        self._answers.catch_up()
        self._rung.set()

    def _keep_house(self) -> None:
        while not self._is_closing:
            self._rung.wait(heartbeats.INTERVAL_S)
            self._rung.clear()
            if self._loop.seconds_since_turn > STUCK_S:
                reason = f"its loop has not turned for {self._loop.seconds_since_turn:.0f} s"
                logger.critical("the worker ends: %s", reason)
                self._die(reason)
            try:
                self._read_catalogue()
                self._beat()
            except (RedisError, OSError) as error:
                self._note_away(error)
            except Exception:
                logger.exception("housekeeping failed; the next turn tries again")
            else:
                self._is_redis_away = False

    def _read_catalogue(self) -> None:
        try:
            self._catalogue = catalogue.read(self._redis, self._catalogue)
        except (ValueError, KeyError, TypeError):
            logger.exception("the catalogue cannot be read; keeping version %d", self._catalogue.version)
        self._loader.want(self._catalogue, catalogue.read_wanted(self._redis, self._catalogue))

    def _beat(self) -> None:
        is_stalled = self._loop.seconds_since_turn > STALL_S
        if self._is_closing or is_stalled or not self._is_consuming:
            return
        version, statuses = self._catalogue.version, self._loader.statuses()
        host, pid = socket.gethostname(), os.getpid()
        heartbeats.write(self._redis, Heartbeat(self.worker_id, host, pid, time.time(), version, statuses))

    def _note_away(self, error: Exception) -> None:
        if not self._is_redis_away:
            logger.warning("Redis is away: %s", error)
        self._is_redis_away = True

    def _say_goodbye(self) -> None:
        try:
            heartbeats.erase(self._redis, self.worker_id)
        except RedisError as error:
            logger.warning("Redis will see by itself that this worker is gone: %s", error)

    def _die(self, reason: str) -> None:
        """Tells everybody who waits, and ends the process: its supervisor starts a new one."""
        self._is_closing = True
        self._answers.fail_all(f"the worker stopped ({reason}); ask again in a moment")
        self._sender.close(LAST_EVENTS_S)
        self._say_goodbye()
        self._exit_process(EXIT_CODE_DEAD_LOOP)


def build_worker(redis_url: str) -> Worker:
    """A worker with the real engine; raises ConfigError. Importing torch takes seconds, so only the worker process
    comes here."""
    from generation.engine import Engine as DecodingEngine

    config = EngineConfig.from_env(os.environ)
    return Worker(DecodingEngine(config), redis_url, config.weights_budget)

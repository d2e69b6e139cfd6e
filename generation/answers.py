"""Takes requests to the engine and sees each of them to its end: cancelled, too late, finished, kept."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

from generation import cancellation, continuation_cache
from generation.answer import Answer, PostEvent
from generation.errors import EngineClosed, GenerationError, type_and_text
from generation.messages import Event, GenerationRequest

# A request that the engine has not ended this long after its deadline is ended for it.
ENGINE_MARGIN_S = 0.5

logger = logging.getLogger(__name__)


class SubmittingEngine(Protocol):
    def submit(self, request: GenerationRequest, on_event: Callable[[Event], None]) -> None: ...
    def cancel(self, request_id: str) -> None: ...


class Answers:
    """The requests being answered now. Every method is for any thread."""

    def __init__(self, engine: SubmittingEngine, redis: Redis, post: PostEvent) -> None:
        self._engine = engine
        self._redis = redis
        self._post = post
        self._open: dict[str, Answer] = {}
        self._changed = threading.Condition()
        self._heard = cancellation.HeardCancellations()
        self._refusal = ""

    def answer(self, request: GenerationRequest) -> None:
        """Generates for `request` and returns when its last event has been posted."""
        answer = Answer(request, self._post)
        if not self._enter(answer):
            return
        try:
            self._generate(answer)
        except GenerationError as error:
            answer.fail(error.code, str(error))
        except Exception as error:
            logger.exception("request %s failed in an unforeseen way", request.request_id)
            answer.fail("failed", f"the engine failed: {type_and_text(error)}")
        finally:
            self._leave(answer)
        logger.info("answered %s", answer)
        self._keep(answer)

    def cancel(self, request_id: str) -> None:
        self._heard.add(request_id)
        self._engine.cancel(request_id)

    def catch_up(self) -> None:
        """Cancels what was called off while nobody listened."""
        for request_id in self._read_cancelled(list(self._open)):
            self._engine.cancel(request_id)

    def refuse_new(self) -> None:
        """Safe in a signal handler."""
        self._refusal = "the worker is shutting down; ask again in a moment"

    def drain(self, patience_s: float, cut_off_s: float) -> None:
        """Lets the open requests end by themselves, then cuts them off."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open, patience_s)
            late = list(self._open)
        for request_id in late:
            self._engine.cancel(request_id)
        with self._changed:
            self._changed.wait_for(lambda: not self._open, cut_off_s)

    def fail_all(self, message: str) -> None:
        """Ends every open request without the engine, which is dead, and refuses new ones with the same message."""
        self._refusal = message
        for answer in list(self._open.values()):
            answer.fail("failed", message)

    def _generate(self, answer: Answer) -> None:
        request = answer.request
        if self._refusal:
            raise EngineClosed(self._refusal)
        is_cancelled = bool(self._read_cancelled([request.request_id]))
        self._engine.submit(request, answer.add)
        # A request called off between the two lines above is not among the stored ones read, but it was heard.
        if is_cancelled or request.request_id in self._heard:
            self._engine.cancel(request.request_id)
        if not answer.wait(request.deadline + ENGINE_MARGIN_S - time.time()):
            self._engine.cancel(request.request_id)
            logger.error("%s did not end at its deadline", request.request_id)
            answer.fail("failed", "the engine did not end the request at its deadline")

    def _enter(self, answer: Answer) -> bool:
        request_id = answer.request.request_id
        with self._changed:
            is_new = request_id not in self._open
            self._open.setdefault(request_id, answer)
        if not is_new:
            logger.warning("%s came twice; the first one is being answered", request_id)
        return is_new

    def _leave(self, answer: Answer) -> None:
        with self._changed:
            del self._open[answer.request.request_id]
            self._changed.notify_all()

    def _keep(self, answer: Answer) -> None:
        entry = answer.cache_entry()
        if entry is None:
            return
        try:
            # What was cut off is better than nothing, but not than what was kept before.
            self._redis.set(entry[0], entry[1], ex=continuation_cache.KEEP_S, nx=answer.was_cut_off)
        except RedisError as error:
            logger.warning("the continuations of %s are not kept: %s", answer.request.request_id, error)

    def _read_cancelled(self, request_ids: list[str]) -> list[str]:
        try:
            return cancellation.read_cancelled(self._redis, request_ids)
        except RedisError as error:
            logger.warning("cannot see which requests were called off: %s", error)
            return []

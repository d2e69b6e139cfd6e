"""One request being answered in this worker: its events as they come, its end, and what is worth keeping of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from generation import continuation_cache
from generation.continuation_cache import CachedContinuation, CacheSpace
from generation.messages import (
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    ContinuationStarted,
    Event,
    GenerationRequest,
)

PostEvent = Callable[[GenerationRequest, Event], None]


class Answer:
    """The decode thread adds events, a task waits for the last one; every event is posted at once."""

    def __init__(self, request: GenerationRequest, post: PostEvent) -> None:
        self.request = request
        self._post = post
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._began_at = time.monotonic()
        self._first_text_at: float | None = None
        self._started: ContinuationStarted | None = None
        self._finished: list[ContinuationFinished] = []

    def add(self, event: Event) -> None:
        """Takes an event; those that come after the end are left out."""
        with self._lock:
            if self._done.is_set():
                return
            self._post(self.request, event)
            self._note(event)

    def fail(self, code: str, message: str) -> None:
        self.add(ContinuationFailed(self.request.request_id, code, message))

    def wait(self, timeout_s: float) -> bool:
        """True when the last event has come."""
        return self._done.wait(timeout_s)

    def cache_entry(self) -> tuple[str, str] | None:
        """(key, value) for the continuation cache, or None where there is nothing to keep."""
        request, started = self.request, self._started
        # With parity the text is another call's than that of the params that the cache knows.
        if started is None or not request.cache_scope or request.parity is not None:
            return None
        space = CacheSpace(request.cache_scope, started.checkpoint, started.revision, started.dtype, request.params)
        kept = [
            CachedContinuation(event.text, event.finish_reason, event.num_tokens, request.params.seed, event.index)
            for event in sorted(self._finished, key=lambda event: event.index)
            if event.finish_reason != "failed"
        ]
        return continuation_cache.entry(space, request.prompt, kept)

    @property
    def was_cut_off(self) -> bool:
        """True where no continuation came to its own end."""
        return all(event.finish_reason in ("cancelled", "deadline") for event in self._finished)

    def __str__(self) -> str:
        """For the log: what it cost, nothing of what it says."""
        now = time.monotonic()
        first = "none" if self._first_text_at is None else f"{(self._first_text_at - self._began_at) * 1000:.1f} ms"
        num_tokens = sum(event.num_tokens for event in self._finished)
        spent = (now - self._began_at) * 1000
        return f"{self.request.request_id}: {num_tokens} tokens in {spent:.1f} ms, first text after {first}"

    def _note(self, event: Event) -> None:
        if isinstance(event, ContinuationExtended) and event.text and self._first_text_at is None:
            self._first_text_at = time.monotonic()
        if isinstance(event, ContinuationStarted):
            self._started = event
        if isinstance(event, ContinuationFinished):
            self._finished.append(event)
        if isinstance(event, ContinuationFailed) or len(self._finished) == self.request.num_rows:
            self._done.set()

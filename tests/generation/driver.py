"""Drives an engine by hand: its clock stands still, its steps are counted, its events are kept."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import Any

from generation.config import EngineConfig
from generation.engine import Engine
from generation.messages import (
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    Event,
    GenerationRequest,
    SamplingParams,
)


class Driver:
    """`now` is the engine's clock, in seconds."""

    def __init__(self, config: EngineConfig) -> None:
        self.now = 0.0
        self.engine = Engine(config, clock=lambda: self.now, unix_time=lambda: self.now)
        self.events: dict[str, list[Event]] = defaultdict(list)
        self._numbers = count()

    def submit(
        self, prompt: str, request_id: str = "", checkpoint: str = "tiny", asker: str = "", **params: Any
    ) -> str:
        request_id = request_id or f"session-{next(self._numbers)}:1"
        defaults = {"stop_at": "none", "max_time_ms": 3_600_000}
        sampling_params = SamplingParams(**{**defaults, **params})
        deadline = self.now + 3600
        request = GenerationRequest(request_id, checkpoint, prompt, sampling_params, deadline, asker=asker)
        self.engine.submit(request, self.events[request_id].append)
        return request_id

    def run(self, max_steps: int = 10_000) -> int:
        """Steps until the engine is idle; returns how many steps that took."""
        for number in range(max_steps):
            if not self.engine.step():
                return number
        raise AssertionError(f"the engine is still busy after {max_steps} steps")

    def complete(self, prompt: str, **params: Any) -> list[str]:
        """The texts of one request's continuations, in the order of their indices."""
        request_id = self.submit(prompt, **params)
        self.run()
        return self.texts(request_id)

    def texts(self, request_id: str) -> list[str]:
        return [event.text for event in self.finished(request_id)]

    def token_ids(self, request_id: str) -> list[list[int]]:
        tokens: dict[int, list[int]] = defaultdict(list)
        for event in self.events[request_id]:
            if isinstance(event, ContinuationExtended):
                tokens[event.index].append(event.token_id)
        return [tokens[index] for index in sorted(tokens)]

    def finished(self, request_id: str) -> list[ContinuationFinished]:
        events = [event for event in self.events[request_id] if isinstance(event, ContinuationFinished)]
        return sorted(events, key=lambda event: event.index)

    def failed(self, request_id: str) -> list[ContinuationFailed]:
        return [event for event in self.events[request_id] if isinstance(event, ContinuationFailed)]

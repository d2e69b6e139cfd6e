"""An engine without a model: every continuation says the same words, one a step, as fast as the test lets it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from generation.checkpoints import Checkpoint
from generation.errors import Busy, CheckpointInvalid, CheckpointNotReady
from generation.messages import (
    ContinuationExtended,
    ContinuationFinished,
    ContinuationStarted,
    Event,
    FinishReason,
    GenerationRequest,
    SamplingParams,
)

WORDS = (" once", " upon", " a", " time")


@dataclass(frozen=True)
class FakeInfo:
    revision: str = "r1"
    dtype: str = "float32"
    num_bytes: int = 4000
    num_running: int = 0
    num_waiting: int = 0


@dataclass
class FakeSequence:
    """A request with the words it still has to say."""

    request: GenerationRequest
    on_event: Callable[[Event], None]
    words: list[str] = field(default_factory=lambda: list(WORDS))


class FakeEngine:
    """Falls silent after `max_words`, goes on when that is raised. `is_deaf` makes it miss deadlines and cancellations,
    `breaks_with` kills its loop, `stumbles_with` comes of every submission."""

    def __init__(self, broken: Iterable[str] = ()) -> None:
        self.broken = set(broken)
        self.infos: dict[str, FakeInfo] = {}
        self.loads: list[str] = []
        self.sizes: dict[str, int] = {}
        self.num_bytes_at_loads: list[int] = []
        self.num_leaving_bytes = 0
        self.max_words = len(WORDS) + 1
        self.is_full = False
        self.is_deaf = False
        self.breaks_with: Exception | None = None
        self.stumbles_with: Exception | None = None
        self.cancelled: list[str] = []
        self.submitted: list[str] = []
        self._sequences: dict[str, FakeSequence] = {}
        self._lock = threading.Lock()

    def load(
        self,
        checkpoint: Checkpoint,
        on_state: Callable[[str, float | None, str], None],
        make_room: Callable[[int], None],
    ) -> None:
        self.loads.append(checkpoint.name)
        on_state("loading", 0.5, "")
        make_room(self.sizes.get(checkpoint.name, FakeInfo.num_bytes))
        self.num_bytes_at_loads.append(self.num_weight_bytes)
        if checkpoint.name in self.broken:
            raise CheckpointInvalid(f"{checkpoint.name} is truncated")
        num_bytes = self.sizes.get(checkpoint.name, FakeInfo.num_bytes)
        self.infos[checkpoint.name] = FakeInfo(revision=checkpoint.revision or "r1", num_bytes=num_bytes)

    def unload(self, name: str) -> None:
        del self.infos[name]

    @property
    def num_weight_bytes(self) -> int:
        return sum(info.num_bytes for info in self.infos.values()) + self.num_leaving_bytes

    def loaded(self) -> dict[str, FakeInfo]:
        return dict(self.infos)

    def submit(self, request: GenerationRequest, on_event: Callable[[Event], None]) -> None:
        if request.checkpoint not in self.infos:
            raise CheckpointNotReady(f"{request.checkpoint} is not loaded")
        if self.is_full:
            raise Busy("the engine is full")
        if self.stumbles_with:
            raise self.stumbles_with
        self.submitted.append(request.request_id)
        info = self.infos[request.checkpoint]
        on_event(ContinuationStarted(request.request_id, request.checkpoint, info.revision, info.dtype))
        with self._lock:
            self._sequences[request.request_id] = FakeSequence(request, on_event)

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)
        if self.is_deaf:
            return
        with self._lock:
            sequence = self._sequences.pop(request_id, None)
        if sequence:
            self._finish(sequence, "cancelled")

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            if self.breaks_with:
                raise self.breaks_with
            self.step()
            time.sleep(0.002)

    def step(self) -> None:
        with self._lock:
            sequences = list(self._sequences.values())
        for sequence in sequences:
            self._step(sequence)

    def _step(self, sequence: FakeSequence) -> None:
        request = sequence.request
        num_said = len(WORDS) - len(sequence.words)
        if time.time() > request.deadline and not self.is_deaf:
            self._remove_and_finish(sequence, "deadline")
        elif num_said >= self.max_words:
            return
        elif sequence.words:
            word = sequence.words.pop(0)
            for index in range(request.num_rows):
                sequence.on_event(ContinuationExtended(request.request_id, index, len(word), f"{word}{index}"))
        else:
            self._remove_and_finish(sequence, "stop")

    def _remove_and_finish(self, sequence: FakeSequence, finish_reason: FinishReason) -> None:
        with self._lock:
            is_open = self._sequences.pop(sequence.request.request_id, None)
        if is_open:
            self._finish(sequence, finish_reason)

    def _finish(self, sequence: FakeSequence, finish_reason: FinishReason) -> None:
        num_tokens = len(WORDS) - len(sequence.words)
        for index in range(sequence.request.num_rows):
            text = "".join(f"{word}{index}" for word in WORDS[:num_tokens])
            request_id = sequence.request.request_id
            sequence.on_event(ContinuationFinished(request_id, index, finish_reason, num_tokens, text))


def make_request(
    request_id: str = "s:1",
    *,
    seconds: float = 30.0,
    prompt: str = "The cat",
    reply_to: str = "tab",
    scope: str = "alice",
) -> GenerationRequest:
    """Two continuations of the checkpoint "tiny"."""
    params = SamplingParams(num_continuations=2)
    return GenerationRequest(request_id, "tiny", prompt, params, time.time() + seconds, reply_to, scope)

"""One suggestion request from its frame to its end: events of a worker in, frames out. Pure, but for the clock.

Whatever arrives late, twice or not at all, each continuation ends once, with a finish_reason, and its text is whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from webapp.protocol import ServerFrame, Suggest, SuggestionExtended, SuggestionFinished, SuggestionStarted

if TYPE_CHECKING:
    from webapp.suggestions import Asked

Event = dict[str, Any]
FinishReason = Literal["stop", "length", "cancelled", "deadline", "failed"]


@dataclass(slots=True)
class Continuation:
    """`text` is what the browser has. After a lost event nothing is added until the end brings the whole text."""

    text: str = ""
    num_tokens: int = 0
    seed: int = 0
    is_open: bool = True
    has_gap: bool = False


@dataclass(slots=True)
class SuggestionProgress:
    request: Suggest
    clock: Callable[[], float] = time.monotonic
    continuations: list[Continuation] = field(init=False)
    checkpoint: str = ""
    revision: str = ""
    dtype: str = ""
    _has_started: bool = False
    _early: list[Event] = field(default_factory=list)
    _began_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.continuations = [Continuation() for _ in range(self.request.params.num_rows)]
        self._began_at = self.clock()

    @property
    def has_ended(self) -> bool:
        return not any(continuation.is_open for continuation in self.continuations)

    def start(self, asked: Asked) -> list[ServerFrame]:
        """The request is accepted. Events that were faster than the answer to our asking follow now."""
        if self.has_ended:
            return []
        self._has_started = True
        self.checkpoint, self.revision, self.dtype = asked.checkpoint, asked.revision, asked.dtype
        for continuation in self.continuations:
            continuation.seed = asked.seed
        frames = [self._started(asked), *self._cached(asked)]
        early, self._early = self._early, []
        return [*frames, *(frame for event in early for frame in self.hear(event))]

    def hear(self, event: Event) -> list[ServerFrame]:
        """A "continuation.started", ".extended" or ".finished" event of this request."""
        if not self._has_started:
            self._early.append(event)
            return []
        match event["type"]:
            case "continuation.started":
                self.checkpoint, self.revision, self.dtype = event["checkpoint"], event["revision"], event["dtype"]
                return []
            case "continuation.extended":
                return [frame for extension in event["extensions"] for frame in self._extend(extension)]
            case _:
                end = (event["finish_reason"], event["num_tokens"], event["text"])
                return list(self._finish(event["index"], *end))

    def end(self, reason: FinishReason) -> list[ServerFrame]:
        """Ends what is open; what comes later is ignored."""
        return [
            frame
            for index, continuation in enumerate(self.continuations)
            for frame in self._finish(index, reason, continuation.num_tokens, continuation.text)
        ]

    def _started(self, asked: Asked) -> SuggestionStarted:
        return SuggestionStarted(
            request_id=self.request.request_id,
            checkpoint=asked.checkpoint,
            seed=asked.seed,
            is_cached=asked.cached is not None,
            note=asked.note,
        )

    def _cached(self, asked: Asked) -> Iterator[ServerFrame]:
        if asked.cached is None:
            return
        for index, cached in enumerate(asked.cached):
            self.continuations[index].seed = cached.seed
            yield from self._finish(index, cached.finish_reason, cached.num_tokens, cached.text)
        # Fewer may be stored than were asked for, where they were alike.
        yield from self.end("stop")

    def _extend(self, extension: dict[str, Any]) -> Iterator[ServerFrame]:
        index, position = extension["index"], extension["position"]
        continuation = self._open(index)
        if continuation is None:
            return
        continuation.has_gap |= position > continuation.num_tokens
        if continuation.has_gap:
            return
        # A message may come twice, in another cut perhaps.
        tokens = extension["tokens"][continuation.num_tokens - position :]
        continuation.num_tokens += len(tokens)
        yield from self._show(index, "".join(token[1] for token in tokens))

    def _finish(self, index: int, reason: FinishReason, num_tokens: int, text: str) -> Iterator[ServerFrame]:
        continuation = self._open(index)
        if continuation is None:
            return
        continuation.num_tokens = num_tokens
        if text.startswith(continuation.text):
            yield from self._show(index, text[len(continuation.text) :])
        continuation.is_open = False
        yield SuggestionFinished(
            request_id=self.request.request_id,
            index=index,
            finish_reason=reason,
            num_tokens=num_tokens,
            elapsed_ms=round((self.clock() - self._began_at) * 1000),
        )

    def _show(self, index: int, text: str) -> Iterator[ServerFrame]:
        if text:
            self.continuations[index].text += text
            yield SuggestionExtended(request_id=self.request.request_id, index=index, text=text)

    def _open(self, index: int) -> Continuation | None:
        if not 0 <= index < len(self.continuations) or not self.continuations[index].is_open:
            return None
        return self.continuations[index]

"""The events of one request on their way to its asker, as few messages as can be. Pure: no clock, no Redis."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from generation.messages import (
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    ContinuationStarted,
    Event,
)

Message = dict[str, Any]


class Outbox:
    """Gathers events; `take` gives what has gathered, in order, all new tokens of all continuations in one message.

    However long nobody takes, what waits here is bounded by the tokens that the request may produce.
    """

    def __init__(self, request_id: str, num_continuations: int) -> None:
        self.request_id = request_id
        self._num_open = num_continuations
        self._messages: list[Message] = []
        self._extensions: dict[int, Message] = {}
        self._num_tokens: dict[int, int] = {}

    def add(self, event: Event) -> None:
        if isinstance(event, ContinuationExtended):
            self._extend(event)
            return
        self._close_extensions()
        self._messages.append(_message(event))
        if isinstance(event, ContinuationFinished):
            self._num_open -= 1
        if isinstance(event, ContinuationFailed):
            self._num_open = 0

    @property
    def is_ended(self) -> bool:
        """True when no event can follow."""
        return self._num_open <= 0

    @property
    def is_urgent(self) -> bool:
        """True where somebody waits for it: the start, the first text, every end. The rest may gather."""
        has_first_text = any(extension["position"] == 0 for extension in self._extensions.values())
        return bool(self._messages) or has_first_text

    @property
    def is_empty(self) -> bool:
        return not self._messages and not self._extensions

    def take(self) -> list[Message]:
        self._close_extensions()
        messages, self._messages = self._messages, []
        return messages

    def _extend(self, event: ContinuationExtended) -> None:
        position = self._num_tokens.get(event.index, 0)
        self._num_tokens[event.index] = position + 1
        extension = self._extensions.setdefault(event.index, {"index": event.index, "position": position, "tokens": []})
        token: list[Any] = [event.token_id, event.text]
        if event.thought is not None:
            token.append(asdict(event.thought))
        extension["tokens"].append(token)

    def _close_extensions(self) -> None:
        if not self._extensions:
            return
        extensions = list(self._extensions.values())
        self._messages.append(
            {"type": "continuation.extended", "request_id": self.request_id, "extensions": extensions}
        )
        self._extensions = {}


def _message(event: ContinuationStarted | ContinuationFinished | ContinuationFailed) -> Message:
    common = {"request_id": event.request_id}
    match event:
        case ContinuationStarted():
            facts = {"checkpoint": event.checkpoint, "revision": event.revision, "dtype": event.dtype}
            return {"type": "continuation.started", **common, **facts}
        case ContinuationFinished():
            end: Message = {"finish_reason": event.finish_reason, "num_tokens": event.num_tokens, "text": event.text}
            if event.mean_logprob is not None:
                end["mean_logprob"] = event.mean_logprob
            return {"type": "continuation.finished", **common, "index": event.index, **end}
        case ContinuationFailed():
            return {"type": "continuation.failed", **common, "code": event.code, "message": event.message}

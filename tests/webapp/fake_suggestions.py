"""Stands in for webapp.suggestions: remembers what was asked; tests send the worker's events themselves."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from channels.layers import get_channel_layer

from webapp.errors import ClientError
from webapp.suggestions import Asked, CachedContinuation, CheckpointStatus

Request = dict[str, Any]


@dataclass
class FakeSuggestions:
    asked: list[Request] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    states: dict[str, CheckpointStatus] = field(default_factory=dict)
    error: Exception | None = None
    cached: list[CachedContinuation] | None = None
    # Cleared, it holds every answer back.
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.may_answer.set()

    async def ask(self, **request: Any) -> Asked:
        self.asked.append(request)
        await self.may_answer.wait()
        if self.error is not None:
            raise self.error
        name = request["checkpoint"] or "novels-7m"
        return Asked(name, "", "float32", seed=7, cached=self.cached, note=None)

    async def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)

    async def checkpoint_states(self) -> dict[str, CheckpointStatus]:
        return self.states

    async def tell(self, kind: str, *, request: int = -1, **fields: Any) -> None:
        """Sends a worker's event to whoever asked."""
        asked = self.asked[request]
        event = {"type": f"continuation.{kind}", "request_id": asked["request_id"], **fields}
        await get_channel_layer().send(asked["reply_to"], event)

    async def extend(self, index: int, position: int, *texts: str, request: int = -1) -> None:
        tokens = [[100 + number, text] for number, text in enumerate(texts)]
        extension = {"index": index, "position": position, "tokens": tokens}
        await self.tell("extended", request=request, extensions=[extension])

    async def finish(self, index: int, text: str, reason: str = "stop", num_tokens: int = 2, request: int = -1) -> None:
        fields = {"index": index, "finish_reason": reason, "num_tokens": num_tokens, "text": text}
        await self.tell("finished", request=request, **fields)


def busy() -> ClientError:
    return ClientError("busy", "16 requests wait already")

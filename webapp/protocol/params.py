"""The sampling params that a browser may ask for. The engine's own limits are wider."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.protocol.limits import MAX_INTEGER

StopString = Annotated[str, Field(min_length=1, max_length=100)]


class SuggestParams(BaseModel):
    """Exact types: a boolean is no number, 3.0 is no integer, and nothing is infinite.

    `temperature` 0 is greedy and gives one continuation; `top_k` 0 and `top_p` 1 are off (`top_p` 0 would leave
    nothing to choose from, so it is refused); without `seed` one is drawn. `max_time_ms` counts the queue too.
    `distinct` lets no continuation begin as another one does where anything else is likely.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    num_continuations: Annotated[int, Field(ge=1, le=6)] = 3
    max_new_tokens: Annotated[int, Field(ge=1, le=128)] = 20
    temperature: Annotated[float, Field(ge=0, le=2)] = 1.0
    top_k: Annotated[int, Field(ge=0, le=1000)] = 0
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.9
    repetition_penalty: Annotated[float, Field(ge=1, le=2)] = 1.0
    distinct: bool = True
    stop: Annotated[list[StopString], Field(max_length=4)] = []
    stop_at: Literal["none", "word", "sentence", "paragraph"] = "sentence"
    seed: Annotated[int, Field(ge=0, le=MAX_INTEGER)] | None = None
    max_time_ms: Annotated[int, Field(ge=50, le=10_000)] = 1000

    @property
    def num_rows(self) -> int:
        """Greedy decoding gives one text however many are asked for."""
        return 1 if self.temperature == 0 else self.num_continuations

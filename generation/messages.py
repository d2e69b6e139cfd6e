"""What crosses the process boundary between the asker and the engine. Imports neither torch nor Django."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from generation.checks import (
    check_bias,
    check_boolean,
    check_choice,
    check_integer,
    check_number,
    check_optional,
    check_strings,
)

StopAt = Literal["none", "word", "sentence", "paragraph"]
FinishReason = Literal["stop", "length", "cancelled", "deadline", "failed"]

# The engine's own limits; each edge (socket, HTTP interfaces, command line) sets narrower ones of its own.
MAX_CONTINUATIONS = 64
MAX_STOP_STRINGS = 16
MAX_BANNED_STRINGS = 64
MAX_BIASED_TOKENS = 1024
MAX_PENALTY = 100.0
MAX_ALTERNATIVES = 20
MAX_SEED = 2**63 - 1
# transformers' set_seed seeds NumPy too, which takes no more.
MAX_TRANSFORMERS_SEED = 2**32 - 1


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How continuations are drawn.

    `temperature` 0 is greedy; `top_k` 0, `top_p` 1 and `min_p` 0 are off; `max_time_ms` counts the wait in the queue
    too. The repetition penalty counts the prompt's tokens, the presence and frequency penalties those of the
    continuation alone. `banned` strings never come into the text. `logit_bias` pairs a token with what is added to its
    logit. With `num_alternatives` every token comes with what the model thought of it, and that many of the likeliest
    tokens in its place; None asks for no thoughts. Without `heal` the text goes on after the prompt's last token, as
    other engines let it, be that in the middle of a word. With `distinct` continuations are drawn in turn, and none
    goes where an earlier one went while anything else is likely: top-k, top-p and min-p apply to what is left to it.
    Without it each is drawn for itself.
    """

    num_continuations: int = 3
    max_new_tokens: int = 20
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 0.9
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    banned: tuple[str, ...] = field(default=())
    logit_bias: tuple[tuple[int, float], ...] = field(default=())
    num_alternatives: int | None = None
    heal: bool = True
    distinct: bool = False
    stop: tuple[str, ...] = field(default=())
    stop_at: StopAt = "sentence"
    seed: int = 0
    max_time_ms: int = 1000

    def __post_init__(self) -> None:
        """Raises InvalidParams."""
        check_integer("num_continuations", self.num_continuations, 1, MAX_CONTINUATIONS)
        check_integer("max_new_tokens", self.max_new_tokens, 1)
        check_number("temperature", self.temperature, 0)
        check_integer("top_k", self.top_k, 0)
        check_number("top_p", self.top_p, 0, 1)
        check_number("min_p", self.min_p, 0, 1)
        check_number("repetition_penalty", self.repetition_penalty, 1)
        check_number("presence_penalty", self.presence_penalty, -MAX_PENALTY, MAX_PENALTY)
        check_number("frequency_penalty", self.frequency_penalty, -MAX_PENALTY, MAX_PENALTY)
        check_strings("banned", self.banned, MAX_BANNED_STRINGS)
        check_bias("logit_bias", self.logit_bias, MAX_BIASED_TOKENS, MAX_PENALTY)
        check_boolean("heal", self.heal)
        check_boolean("distinct", self.distinct)
        check_optional(check_integer, "num_alternatives", self.num_alternatives, 0, MAX_ALTERNATIVES)
        check_integer("seed", self.seed, 0, MAX_SEED)
        check_integer("max_time_ms", self.max_time_ms, 1)
        check_choice("stop_at", self.stop_at, get_args(StopAt))
        check_strings("stop", self.stop, MAX_STOP_STRINGS)

    @property
    def num_rows(self) -> int:
        """Greedy decoding gives one text however many are asked for."""
        return 1 if self.temperature == 0 else self.num_continuations


@dataclass(frozen=True, slots=True)
class TransformersCall:
    """The arguments of `set_seed(seed); pipeline("text-generation", model=...)(prompt, ...)`.

    None leaves a choice to transformers, as a call without that argument does.
    """

    seed: int
    num_return_sequences: int | None = None
    max_length: int | None = None
    max_new_tokens: int | None = None
    do_sample: bool | None = None
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    repetition_penalty: float | None = None

    def __post_init__(self) -> None:
        """Raises InvalidParams for what no checkpoint allows; the rest transformers refuses, when it is resolved."""
        check_integer("seed", self.seed, 0, MAX_TRANSFORMERS_SEED)
        check_optional(check_integer, "num_return_sequences", self.num_return_sequences, 1, MAX_CONTINUATIONS)
        check_optional(check_integer, "max_length", self.max_length, 1)
        check_optional(check_integer, "max_new_tokens", self.max_new_tokens, 1)
        check_optional(check_boolean, "do_sample", self.do_sample)
        check_optional(check_number, "temperature", self.temperature, 0)
        check_optional(check_integer, "top_k", self.top_k, 0)
        check_optional(check_number, "top_p", self.top_p, 0, 1)
        check_optional(check_number, "repetition_penalty", self.repetition_penalty, 0)

    def given(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None and name != "seed"}


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One asker's wish for continuations of `prompt`.

    `request_id` is unique among all requests; `deadline` is Unix time in seconds; `reply_to` is the channel that
    the events go to ("" where they stay in the process); `cache_scope` names whose continuation cache may keep
    the result ("" for nobody's). Requests of one `asker` take turns with those of others ("": the session's). With
    `parity` the tokens are those of transformers' own call, fp32 weights given, and of `params` only `max_time_ms`
    counts.
    """

    request_id: str
    checkpoint: str
    prompt: str
    params: SamplingParams
    deadline: float
    reply_to: str = ""
    cache_scope: str = ""
    asker: str = ""
    parity: TransformersCall | None = None

    @property
    def num_rows(self) -> int:
        """How many continuations it has, each of which ends."""
        if self.parity is not None:
            return self.parity.num_return_sequences or 1
        return self.params.num_rows

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> GenerationRequest:
        """Raises InvalidParams."""
        params = dict(value["params"])
        for name in ("stop", "banned", "logit_bias"):
            params[name] = _as_tuples(params[name])
        parity = TransformersCall(**value["parity"]) if value.get("parity") else None
        return cls(**{**value, "params": SamplingParams(**params), "parity": parity})


@dataclass(frozen=True, slots=True)
class ContinuationStarted:
    """The engine has taken the request up. `revision` and `dtype` are those of the weights that answer."""

    request_id: str
    checkpoint: str
    revision: str
    dtype: str


@dataclass(frozen=True, slots=True)
class Thought:
    """A token's log-probability (in nats) and rank (from 1) as the model saw it, whatever the sampling params.

    `alternatives` are the likeliest tokens in its place with their log-probabilities.
    """

    logprob: float
    rank: int
    alternatives: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class ContinuationExtended:
    """One more token of continuation `index`.

    `text` is what the token adds to the text after the prompt: "" while a character's bytes are incomplete, and
    without the part of the token that the prompt already held.
    """

    request_id: str
    index: int
    token_id: int
    text: str
    thought: Thought | None = None


@dataclass(frozen=True, slots=True)
class ContinuationFinished:
    """The end of continuation `index`; `text` is the whole of it, `mean_logprob` that of its tokens if asked for."""

    request_id: str
    index: int
    finish_reason: FinishReason
    num_tokens: int
    text: str
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class ContinuationFailed:
    """Ends every open continuation of the request."""

    request_id: str
    code: str
    message: str


Event = ContinuationStarted | ContinuationExtended | ContinuationFinished | ContinuationFailed


def _as_tuples(value: Any) -> Any:
    """JSON has lists where these dataclasses have tuples."""
    return tuple(_as_tuples(item) for item in value) if isinstance(value, list) else value

"""From what was typed to what is asked of the engine."""

from __future__ import annotations

import argparse
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from generation.config import Dtype
from generation.errors import InvalidParams
from generation.messages import SamplingParams, TransformersCall

OWN_NAMES = [
    "num_continuations",
    "max_new_tokens",
    "temperature",
    "top_k",
    "top_p",
    "min_p",
    "repetition_penalty",
    "presence_penalty",
    "frequency_penalty",
    "banned",
    "stop",
    "stop_at",
    "heal",
    "distinct",
]
# What a call of transformers' pipeline takes of them, by its own names.
PARITY_NAMES = {
    "num_continuations": "num_return_sequences",
    "max_new_tokens": "max_new_tokens",
    "max_length": "max_length",
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "repetition_penalty": "repetition_penalty",
}
# Somebody at a terminal waits as long as it takes.
PATIENCE_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Asked:
    """With a `call` its arguments count, and not the params'."""

    params: SamplingParams
    call: TransformersCall | None
    dtype: Dtype
    is_seed_drawn: bool

    def described(self) -> dict[str, Any]:
        """All that decides which tokens come, by the name of whose params they are."""
        if self.call is None:
            return {"params": asdict(self.params)}
        return {"transformers_call": {"seed": self.call.seed, **self.call.given()}}


def read_asked(arguments: argparse.Namespace) -> Asked:
    """Raises InvalidParams."""
    seed = secrets.randbits(31) if arguments.seed is None else arguments.seed
    call = _call(arguments, seed) if arguments.parity else None
    params = _params(arguments, seed)
    # Greedy decoding draws nothing.
    is_seed_drawn = arguments.seed is None and (call is not None or params.temperature > 0)
    return Asked(params, call, _dtype(arguments), is_seed_drawn)


def _params(arguments: argparse.Namespace, seed: int) -> SamplingParams:
    if arguments.max_length is not None and not arguments.parity:
        raise InvalidParams("--max-length came without --parity transformers, expected --max-new-tokens")
    own = {} if arguments.parity else {"stop_at": "none", **_given(arguments, OWN_NAMES)}
    return SamplingParams(
        **own, seed=seed, num_alternatives=arguments.alternatives, max_time_ms=PATIENCE_SECONDS * 1000
    )


def _call(arguments: argparse.Namespace, seed: int) -> TransformersCall:
    """Passes on what was typed and nothing else: transformers has defaults of its own."""
    if refused := _given(arguments, [name for name in OWN_NAMES if name not in PARITY_NAMES]):
        raise InvalidParams(f"--parity came with {', '.join(refused)}, expected only what transformers' call knows")
    given = _given(arguments, list(PARITY_NAMES))
    return TransformersCall(seed=seed, **{PARITY_NAMES[name]: value for name, value in given.items()})


def _dtype(arguments: argparse.Namespace) -> Dtype:
    dtype: Dtype = arguments.dtype
    if not arguments.parity:
        return dtype
    if dtype not in ("auto", "float32"):
        raise InvalidParams(f"--dtype is {dtype}, expected float32 with --parity transformers")
    # Whatever DTYPE or the machine would choose: in another one the tokens are others.
    return "float32"


def _given(arguments: argparse.Namespace, names: list[str]) -> dict[str, Any]:
    """What was typed of these."""
    typed = {name: getattr(arguments, name) for name in names}
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in typed.items() if value is not None
    }

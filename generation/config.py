"""The engine's settings, read from the environment once. Knows nothing of Django."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Dtype = Literal["auto", "float32", "bfloat16", "int8"]

MEBIBYTE = 2**20
HALF_OF_MEMORY = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


class ConfigError(ValueError):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How much the engine may take. Sizes are in bytes, `num_threads` 0 leaves the choice to the engine."""

    models_dir: Path = Path("var/checkpoints")
    dtype: Dtype = "auto"
    device: str = "auto"
    num_threads: int = 0
    memory_budget: int = 1024 * MEBIBYTE
    weights_budget: int = HALF_OF_MEMORY
    max_running: int = 96
    max_waiting: int = 64
    prefill_chunk: int = 256
    step_ms: int = 60

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> EngineConfig:
        data_dir = Path(environ.get("DATA_DIR", "var"))
        return cls(
            # Where checkpoint folders and downloads from the hub live.
            models_dir=Path(environ.get("MODELS_DIR") or data_dir / "checkpoints"),
            # What checkpoints whose own dtype is "auto" are held in.
            dtype=_dtype(environ.get("DTYPE") or "auto"),
            # "cpu", "cuda" ("cuda:1" for the second), or "auto": CUDA where there is one.
            device=_device(environ.get("DEVICE") or "auto"),
            # Threads of a decode step; 0: all cores, but one for a checkpoint too small to gain from more.
            num_threads=_integer(environ, "NUM_THREADS", 0, lowest=0),
            # Bytes for keys and values of all prompts and continuations.
            memory_budget=_integer(environ, "MEMORY_BUDGET", 1024 * MEBIBYTE, lowest=MEBIBYTE),
            # Bytes for the weights of all loaded checkpoints together.
            weights_budget=_integer(environ, "WEIGHTS_BUDGET", HALF_OF_MEMORY, lowest=MEBIBYTE),
            # Continuations decoded at once, per checkpoint.
            max_running=_integer(environ, "MAX_RUNNING", 96, lowest=1),
            # Requests that wait, per checkpoint, before others are told "busy".
            max_waiting=_integer(environ, "MAX_WAITING", 64, lowest=1),
            # Prompt tokens read in one step, at most.
            prefill_chunk=_integer(environ, "PREFILL_CHUNK", 256, lowest=64),
            # Milliseconds that a step which reads prompts should take while others write.
            step_ms=_integer(environ, "STEP_MS", 60, lowest=1),
        )


def _dtype(text: str) -> Dtype:
    for dtype in get_args(Dtype):
        if text == dtype:
            return dtype  # type: ignore[no-any-return]
    raise ConfigError(f"DTYPE is {text!r}, expected one of {', '.join(get_args(Dtype))}")


def _device(text: str) -> str:
    """Whether the machine has such a device is seen where it is used."""
    if re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?", text):
        return text
    raise ConfigError(f"DEVICE is {text!r}, expected auto, cpu, cuda or cuda:<number>")


def _integer(environ: Mapping[str, str], name: str, default: int, lowest: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        raise ConfigError(f"{name} is {text!r}, expected an integer") from None
    if value < lowest:
        raise ConfigError(f"{name} is {value}, expected at least {lowest}")
    return value

"""The checkpoints that can be named on the command line."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from generation.checkpoints import BUNDLED, Checkpoint, CheckpointState
from generation.config import Dtype, EngineConfig
from generation.errors import UnknownCheckpoint

SOURCES = {
    BUNDLED: f"bundled:{BUNDLED}",
    "distilgpt2": "hub:distilbert/distilgpt2",
    "gpt2": "hub:openai-community/gpt2",
    "gpt2-medium": "hub:openai-community/gpt2-medium",
    "gpt2-large": "hub:openai-community/gpt2-large",
    "gpt2-xl": "hub:openai-community/gpt2-xl",
}


def find_checkpoint(name: str, dtype: Dtype, config: EngineConfig) -> tuple[Checkpoint, EngineConfig]:
    """A folder named here is trusted, wherever it is: its name was typed by whoever runs this.

    Raises UnknownCheckpoint.
    """
    if name in SOURCES:
        return Checkpoint(name, SOURCES[name], dtype=dtype), config
    folder = Path(name).resolve()
    if folder.is_dir():
        return Checkpoint(folder.name, f"folder:{folder.name}", dtype=dtype), replace(config, models_dir=folder.parent)
    raise UnknownCheckpoint(f"checkpoint is {name!r}, expected a folder or one of {', '.join(SOURCES)}")


def print_download(state: CheckpointState, progress: float | None, reason: str) -> None:
    if state == "downloading" and sys.stderr.isatty():
        print(f"\rdownloading {progress or 0:4.0%}", end="\n" if progress == 1 else "", file=sys.stderr, flush=True)

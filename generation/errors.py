"""Everything that can go wrong in generation, by name.

GenerationError
├── InvalidParams          a sampling param out of range
├── InvalidPrompt          a prompt that cannot be read (too long for any window, lone surrogates)
├── Busy                   the queue is full; ask again later
├── CheckpointError        a checkpoint that does not serve
│   ├── UnknownCheckpoint      not in the catalogue
│   ├── CheckpointNotReady     absent, downloading or loading
│   ├── CheckpointInvalid      missing files, truncated, not GPT-2, not safetensors
│   ├── HubUnreachable         the hub gave no answer
│   └── NoRoom                 larger than the memory that weights may take
└── EngineClosed           the engine is shutting down
    └── EngineDied             its loop has ended by an error, which the message names
"""

from __future__ import annotations

import traceback


class GenerationError(Exception):
    """The root; `code` is the word that crosses the process boundary."""

    code = "failed"


class InvalidParams(GenerationError):
    code = "bad_field"


class InvalidPrompt(GenerationError):
    code = "bad_field"


class Busy(GenerationError):
    code = "busy"


class CheckpointError(GenerationError):
    code = "unavailable"


class UnknownCheckpoint(CheckpointError):
    pass


class CheckpointNotReady(CheckpointError):
    pass


class CheckpointInvalid(CheckpointError):
    pass


class HubUnreachable(CheckpointError):
    pass


class NoRoom(CheckpointError):
    pass


class EngineClosed(GenerationError):
    code = "unavailable"


class EngineDied(EngineClosed):
    code = "failed"


def type_and_text(error: BaseException) -> str:
    """In one line, for who has to be told why something ended."""
    return traceback.format_exception_only(error)[-1].strip()

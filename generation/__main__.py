"""The engine from the command line: python -m generation complete --checkpoint novels-7m --prompt "It was"."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence

from generation.command_line import complete, score
from generation.command_line.checkpoint import find_checkpoint
from generation.command_line.parser import make_parser
from generation.config import ConfigError, EngineConfig
from generation.errors import GenerationError
from generation.evaluation import command as perplexity

INTERRUPTED = 130
NOBODY_READS = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 where the engine failed, 2 where it was asked for what it cannot do."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    arguments = make_parser().parse_args(argv)
    try:
        code = COMMANDS[arguments.command](arguments)
        sys.stdout.flush()
    except (GenerationError, ConfigError) as error:
        print(f"python -m generation: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # As `| head` leaves it. What is still in the buffer must not fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    return code


def _measure(arguments: argparse.Namespace) -> int:
    return perplexity.run(arguments, *find_checkpoint(arguments.checkpoint, arguments.dtype, EngineConfig.from_env()))


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "complete": complete.run,
    "score": score.run,
    "perplexity": _measure,
}


if __name__ == "__main__":
    sys.exit(main())

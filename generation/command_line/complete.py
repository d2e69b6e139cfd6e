"""python -m generation complete: continues a text."""

from __future__ import annotations

import argparse
import sys
import time

from generation.checkpoints import Checkpoint
from generation.command_line.asking import PATIENCE_SECONDS, Asked, read_asked
from generation.command_line.checkpoint import find_checkpoint, print_download
from generation.command_line.reporting import choose_report
from generation.config import EngineConfig
from generation.messages import ContinuationFailed, Event, GenerationRequest


def run(arguments: argparse.Namespace) -> int:
    """Returns the exit code. Raises a GenerationError or a ConfigError for what cannot be done."""
    asked = read_asked(arguments)
    checkpoint, config = find_checkpoint(arguments.checkpoint, asked.dtype, EngineConfig.from_env())
    # Only now, since it brings torch along, which takes seconds: a wrong argument is answered at once.
    from generation.engine import Engine

    engine = Engine(config)
    engine.load(checkpoint, on_state=print_download)
    news: list[Event] = []
    engine.submit(_request(arguments.prompt, checkpoint, asked), news.append)
    if asked.is_seed_drawn and not arguments.json:
        # Not among the texts, which may be piped somewhere.
        print(f"drew --seed {asked.params.seed}", file=sys.stderr, flush=True)
    report = choose_report(arguments, asked, lambda token_id: engine.token_bytes(checkpoint.name, token_id))
    failed = False
    while engine.step():
        for event in news:
            report.hear(event)
            if isinstance(event, ContinuationFailed):
                print(f"python -m generation: {event.message}", file=sys.stderr)
                failed = True
        news.clear()
    if not failed:
        report.close()
    return 1 if failed else 0


def _request(prompt: str, checkpoint: Checkpoint, asked: Asked) -> GenerationRequest:
    deadline = time.time() + PATIENCE_SECONDS
    return GenerationRequest("command-line", checkpoint.name, prompt, asked.params, deadline, parity=asked.call)

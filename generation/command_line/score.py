"""python -m generation score: how surprising each token of a text is."""

from __future__ import annotations

import argparse

from generation.command_line.checkpoint import find_checkpoint, print_download
from generation.config import EngineConfig


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each token: its surprisal in nats, its text."""
    checkpoint, config = find_checkpoint(arguments.checkpoint, arguments.dtype, EngineConfig.from_env())
    from generation.engine import Engine

    engine = Engine(config)
    engine.load(checkpoint, on_state=print_download)
    result = engine.score(checkpoint.name, arguments.text)
    while engine.step():
        pass
    for token in result.result():
        print(f"{token.surprisal:7.3f}\t{token.token_bytes.decode('utf-8', 'replace')!r}")
    return 0

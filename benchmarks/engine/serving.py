"""The loop of a contender's process: one scene per line comes in, one result per line goes out."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any


def serve(scenes: dict[str, Callable[..., Any]]) -> None:
    """Says that it is ready, then answers `{"scene": name, ...arguments}` until its input ends."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # A library that prints must not be taken for an answer.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _say(answers, "ready")
    for line in sys.stdin:
        arguments = json.loads(line)
        scene = scenes[arguments.pop("scene")]
        _say(answers, scene(**arguments))


def _say(answers: Any, value: Any) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()

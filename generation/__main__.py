"""The engine from the command line: python -m generation complete --checkpoint novels-7m --prompt "It was"."""

from __future__ import annotations

import argparse
import json
import logging
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

from generation.checkpoints import BUNDLED, Checkpoint, CheckpointState
from generation.config import ConfigError, Dtype, EngineConfig
from generation.errors import GenerationError, UnknownCheckpoint
from generation.evaluation import command as perplexity
from generation.messages import (
    MAX_SEED,
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    Event,
    GenerationRequest,
    SamplingParams,
    StopAt,
)

SOURCES = {
    BUNDLED: f"bundled:{BUNDLED}",
    "distilgpt2": "hub:distilbert/distilgpt2",
    "gpt2": "hub:openai-community/gpt2",
    "gpt2-medium": "hub:openai-community/gpt2-medium",
    "gpt2-large": "hub:openai-community/gpt2-large",
    "gpt2-xl": "hub:openai-community/gpt2-xl",
}
# Somebody at a terminal waits as long as it takes.
PATIENCE_SECONDS = 3600


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 where the engine failed, 2 where it was asked for what it cannot do."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    arguments = _parser().parse_args(argv)
    try:
        return _measure(arguments) if arguments.command == "perplexity" else _complete(arguments)
    except (GenerationError, ConfigError) as error:
        print(f"python -m generation: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _complete(arguments: argparse.Namespace) -> int:
    params = _params(arguments)
    config = EngineConfig.from_env()
    checkpoint, config = _checkpoint(arguments.checkpoint, arguments.dtype, config)
    # Only now, since it brings torch along, which takes seconds: a wrong argument is answered at once.
    from generation.engine import Engine

    engine = Engine(config)
    engine.load(checkpoint, on_state=_print_download)
    events: list[Event] = []

    def on_event(event: Event) -> None:
        events.append(event)
        if arguments.stream:
            _print_event(event)

    deadline = time.time() + PATIENCE_SECONDS
    engine.submit(GenerationRequest("command-line", checkpoint.name, arguments.prompt, params, deadline), on_event)
    while engine.step():
        pass
    return _report(arguments, params, events)


def _measure(arguments: argparse.Namespace) -> int:
    return perplexity.run(arguments, *_checkpoint(arguments.checkpoint, arguments.dtype, EngineConfig.from_env()))


def _print_download(state: CheckpointState, progress: float | None, reason: str) -> None:
    if state == "downloading" and sys.stderr.isatty():
        print(f"\rdownloading {progress or 0:4.0%}", end="\n" if progress == 1 else "", file=sys.stderr, flush=True)


def _report(arguments: argparse.Namespace, params: SamplingParams, events: Sequence[Event]) -> int:
    failed = [event for event in events if isinstance(event, ContinuationFailed)]
    if failed:
        print(f"python -m generation: {failed[0].message}", file=sys.stderr)
        return 1
    finished = [event for event in events if isinstance(event, ContinuationFinished)]
    finished.sort(key=lambda event: event.index)
    if arguments.json:
        continuations = [_describe(event, events) for event in finished]
        print(
            json.dumps(
                {"prompt": arguments.prompt, "params": asdict(params), "continuations": continuations}, default=asdict
            )
        )
    elif not arguments.stream:
        for event in finished:
            print(f"--- {event.index} ({event.finish_reason}, {event.num_tokens} tokens)")
            print(arguments.prompt + event.text)
    return 0


def _print_event(event: Event) -> None:
    if isinstance(event, ContinuationExtended) and event.text:
        print(f"{event.index}\t{event.text!r}", flush=True)
    if isinstance(event, ContinuationFinished):
        print(f"{event.index}\t[{event.finish_reason}]", flush=True)


def _describe(end: ContinuationFinished, events: Sequence[Event]) -> dict[str, object]:
    told = {key: value for key, value in asdict(end).items() if key != "request_id" and value is not None}
    if end.mean_logprob is not None:
        extensions = [event for event in events if isinstance(event, ContinuationExtended) and event.index == end.index]
        told["tokens"] = [
            {"token_id": each.token_id, "text": each.text, "thought": each.thought} for each in extensions
        ]
    return told


def _params(arguments: argparse.Namespace) -> SamplingParams:
    return SamplingParams(
        num_continuations=arguments.num_continuations,
        max_new_tokens=arguments.max_new_tokens,
        temperature=arguments.temperature,
        top_k=arguments.top_k,
        top_p=arguments.top_p,
        min_p=arguments.min_p,
        repetition_penalty=arguments.repetition_penalty,
        presence_penalty=arguments.presence_penalty,
        frequency_penalty=arguments.frequency_penalty,
        banned=tuple(arguments.ban),
        num_alternatives=arguments.alternatives,
        stop=tuple(arguments.stop),
        stop_at=arguments.stop_at,
        seed=secrets.randbelow(MAX_SEED) if arguments.seed is None else arguments.seed,
        max_time_ms=PATIENCE_SECONDS * 1000,
    )


def _checkpoint(name: str, dtype: Dtype, config: EngineConfig) -> tuple[Checkpoint, EngineConfig]:
    """A folder named here is trusted, wherever it is: its name was typed by whoever runs this."""
    if name in SOURCES:
        return Checkpoint(name, SOURCES[name], dtype=dtype), config
    folder = Path(name).resolve()
    if folder.is_dir():
        return Checkpoint(folder.name, f"folder:{folder.name}", dtype=dtype), replace(config, models_dir=folder.parent)
    raise UnknownCheckpoint(f"checkpoint is {name!r}, expected a folder or one of {', '.join(SOURCES)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m generation", description="Inkling's engine, without a server.")
    commands = parser.add_subparsers(dest="command", required=True)
    complete = commands.add_parser("complete", help="continue a text")
    complete.add_argument("--checkpoint", default=BUNDLED, help=f"a folder, or one of {', '.join(SOURCES)}")
    complete.add_argument("--prompt", required=True)
    complete.add_argument("--num-continuations", type=int, default=3)
    complete.add_argument("--max-new-tokens", type=int, default=20)
    complete.add_argument("--temperature", type=float, default=1.0, help="0 is greedy")
    complete.add_argument("--top-k", type=int, default=0, help="0 is off")
    complete.add_argument("--top-p", type=float, default=0.9)
    complete.add_argument("--min-p", type=float, default=0.0, help="0 is off")
    complete.add_argument("--repetition-penalty", type=float, default=1.0)
    complete.add_argument("--presence-penalty", type=float, default=0.0)
    complete.add_argument("--frequency-penalty", type=float, default=0.0)
    complete.add_argument("--ban", action="append", default=[], metavar="TEXT", help="never write this; repeatable")
    complete.add_argument(
        "--alternatives", type=int, metavar="N", help="tell each token's log-probability, rank and N rivals"
    )
    complete.add_argument("--seed", type=int, help="drawn where it is not given; --json tells it")
    complete.add_argument("--dtype", choices=get_args(Dtype), default="auto")
    complete.add_argument("--stop-at", choices=get_args(StopAt), default="none")
    complete.add_argument("--stop", action="append", default=[], metavar="TEXT", help="may be given several times")
    complete.add_argument("--stream", action="store_true", help="print text as it comes")
    complete.add_argument("--json", action="store_true", help="print one JSON object")
    measure = commands.add_parser("perplexity", help="tell what a dtype costs a checkpoint on a text")
    measure.add_argument("--checkpoint", default=BUNDLED, help=f"a folder, or one of {', '.join(SOURCES)}")
    perplexity.add_arguments(measure)
    return parser


if __name__ == "__main__":
    sys.exit(main())

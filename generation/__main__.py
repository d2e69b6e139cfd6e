"""The engine from the command line: python -m generation complete --checkpoint novels-7m --prompt "It was"."""

from __future__ import annotations

import argparse
import json
import logging
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, get_args

from generation.checkpoints import BUNDLED, Checkpoint, CheckpointState
from generation.config import ConfigError, Dtype, EngineConfig
from generation.errors import GenerationError, InvalidParams, UnknownCheckpoint
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
    TransformersCall,
)

SOURCES = {
    BUNDLED: f"bundled:{BUNDLED}",
    "distilgpt2": "hub:distilbert/distilgpt2",
    "gpt2": "hub:openai-community/gpt2",
    "gpt2-medium": "hub:openai-community/gpt2-medium",
    "gpt2-large": "hub:openai-community/gpt2-large",
    "gpt2-xl": "hub:openai-community/gpt2-xl",
}
PARAMS = [
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


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, 1 where the engine failed, 2 where it was asked for what it cannot do."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    arguments = _parser().parse_args(argv)
    try:
        return COMMANDS[arguments.command](arguments)
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
    request = GenerationRequest("command-line", checkpoint.name, arguments.prompt, params, deadline)
    engine.submit(replace(request, parity=_parity(arguments, params.seed)), on_event)
    while engine.step():
        pass
    return _report(arguments, params, events)


def _measure(arguments: argparse.Namespace) -> int:
    return perplexity.run(arguments, *_checkpoint(arguments.checkpoint, arguments.dtype, EngineConfig.from_env()))


def _score(arguments: argparse.Namespace) -> int:
    """Prints a line for each token: its surprisal in nats, its text."""
    checkpoint, config = _checkpoint(arguments.checkpoint, arguments.dtype, EngineConfig.from_env())
    from generation.engine import Engine

    engine = Engine(config)
    engine.load(checkpoint, on_state=_print_download)
    result = engine.score(checkpoint.name, arguments.text)
    while engine.step():
        pass
    for token in result.result():
        print(f"{token.surprisal:7.3f}\t{token.token_bytes.decode('utf-8', 'replace')!r}")
    return 0


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
    extensions = [event for event in events if isinstance(event, ContinuationExtended) and event.index == end.index]
    told["token_ids"] = [each.token_id for each in extensions]
    if end.mean_logprob is not None:
        told["tokens"] = [
            {"token_id": each.token_id, "text": each.text, "thought": each.thought} for each in extensions
        ]
    return told


def _params(arguments: argparse.Namespace) -> SamplingParams:
    if arguments.parity and (refused := [name for name in _given(arguments) if name not in PARITY_NAMES]):
        raise InvalidParams(f"--parity came with {', '.join(refused)}, expected only what transformers' call knows")
    if arguments.max_length is not None and not arguments.parity:
        raise InvalidParams("--max-length came without --parity transformers, expected --max-new-tokens")
    given = {name: value for name, value in _given(arguments).items() if name != "max_length"}
    seed = secrets.randbelow(MAX_SEED) if arguments.seed is None else arguments.seed
    own = {} if arguments.parity else {"stop_at": "none", **given}
    return SamplingParams(
        **own, seed=seed, num_alternatives=arguments.alternatives, max_time_ms=PATIENCE_SECONDS * 1000
    )


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The sampling params that were typed."""
    typed = {name: getattr(arguments, name) for name in [*PARAMS, *PARITY_NAMES]}
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in typed.items() if value is not None
    }


def _parity(arguments: argparse.Namespace, seed: int) -> TransformersCall | None:
    """Passes on what was typed and nothing else: transformers has defaults of its own."""
    if arguments.parity is None:
        return None
    return TransformersCall(seed=seed, **{PARITY_NAMES[name]: value for name, value in _given(arguments).items()})


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
    complete.add_argument("--num-continuations", type=int, help="3")
    complete.add_argument("--max-new-tokens", type=int, help="20")
    complete.add_argument("--temperature", type=float, help="1.0; 0 is greedy")
    complete.add_argument("--top-k", type=int, help="0, which is off")
    complete.add_argument("--top-p", type=float, help="0.9")
    complete.add_argument("--min-p", type=float, help="0, which is off")
    complete.add_argument("--repetition-penalty", type=float, help="1.0")
    complete.add_argument("--presence-penalty", type=float, help="0.0")
    complete.add_argument("--frequency-penalty", type=float, help="0.0")
    complete.add_argument(
        "--banned", action="append", metavar="TEXT", help="never write this; may be given several times"
    )
    complete.add_argument("--stop-at", choices=get_args(StopAt), help="none")
    complete.add_argument("--stop", action="append", metavar="TEXT", help="may be given several times")
    complete.add_argument(
        "--no-heal", dest="heal", action="store_const", const=False, help="go on after the last token, in mid-word too"
    )
    complete.add_argument(
        "--distinct", action="store_const", const=True, help="let no continuation begin as an earlier one did"
    )
    complete.add_argument("--alternatives", type=int, metavar="N", help="tell what the model thought, with N rivals")
    complete.add_argument("--parity", choices=["transformers"], help="the very tokens of transformers' pipeline")
    complete.add_argument("--max-length", type=int, help="with --parity: tokens of prompt and continuation together")
    complete.add_argument("--seed", type=int, help="drawn where it is not given; --json tells it")
    complete.add_argument("--dtype", choices=get_args(Dtype), default="auto")
    complete.add_argument("--stream", action="store_true", help="print text as it comes")
    complete.add_argument("--json", action="store_true", help="print one JSON object")
    score = commands.add_parser("score", help="tell how surprising each token of a text is")
    score.add_argument("--checkpoint", default=BUNDLED, help=f"a folder, or one of {', '.join(SOURCES)}")
    score.add_argument("--dtype", choices=get_args(Dtype), default="auto")
    score.add_argument("--text", required=True)
    measure = commands.add_parser("perplexity", help="tell what a dtype costs a checkpoint on a text")
    measure.add_argument("--checkpoint", default=BUNDLED, help=f"a folder, or one of {', '.join(SOURCES)}")
    perplexity.add_arguments(measure)
    return parser


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "complete": _complete,
    "score": _score,
    "perplexity": _measure,
}


if __name__ == "__main__":
    sys.exit(main())

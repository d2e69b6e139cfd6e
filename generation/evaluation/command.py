"""python -m generation perplexity: what a dtype costs a checkpoint on text that it was not trained on."""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from generation.checkpoints import Checkpoint
from generation.config import Dtype, EngineConfig
from generation.errors import CheckpointError, InvalidPrompt
from generation.evaluation.loss import HeldOutLoss
from generation.evaluation.records import PerplexityRecord, write_record

if TYPE_CHECKING:
    from generation.engine.loading import LoadedCheckpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dtype", choices=[name for name in get_args(Dtype) if name != "auto"], default="int8")
    parser.add_argument("--text", type=Path, nargs="+", required=True, metavar="FILE", help="UTF-8; not trained on")
    parser.add_argument("--book", action="store_true", help="join hard-wrapped lines and straighten quotes first")
    parser.add_argument("--stride", type=int, default=0, help="tokens from window to window; 0: the whole context")
    parser.add_argument("--max-tokens", type=int, default=0, help="read no more than the first so many; 0: all")
    parser.add_argument("--record", action="store_true", help="keep it, so that `auto` may choose the dtype")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace, checkpoint: Checkpoint, config: EngineConfig) -> int:
    """Prints what came of it. Raises CheckpointError or InvalidPrompt."""
    text = read_texts(arguments.text, arguments.book)
    exact = _measure(replace(checkpoint, dtype="float32"), config, text, arguments)
    rounded = _measure(replace(checkpoint, dtype=arguments.dtype), config, text, arguments)
    record = make_record(exact, rounded, arguments.text)
    if arguments.json:
        print(json.dumps(asdict(record) | {"cost": record.cost, "bits_per_character": rounded[1].bits_per_character}))
    else:
        for loaded, loss in (exact, rounded):
            print(f"{loaded.dtype:9} {loss}")
        print(f"{record.dtype} costs {record.cost:+.3%} of perplexity")
    if arguments.record:
        print(f"recorded in {write_record(config.models_dir, record)}", file=sys.stderr)
    return 0


def read_texts(files: list[Path], are_books: bool) -> str:
    """Raises InvalidPrompt."""
    from generation.training.corpus import PARAGRAPH_BREAK, normalise

    try:
        texts = [file.read_text(encoding="utf-8") for file in files]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidPrompt(f"a text cannot be read: {error}") from error
    if are_books:
        texts = [PARAGRAPH_BREAK.join(normalise(text)) for text in texts]
    return PARAGRAPH_BREAK.join(texts)


def make_record(
    exact: tuple[LoadedCheckpoint, HeldOutLoss], rounded: tuple[LoadedCheckpoint, HeldOutLoss], files: list[Path]
) -> PerplexityRecord:
    from generation.engine.quantization import activation_bits

    loaded, loss = rounded
    return PerplexityRecord(
        revision=loaded.revision,
        dtype=loaded.dtype,
        activation_bits=activation_bits() if loaded.dtype == "int8" else 0,
        text=", ".join(file.name for file in files),
        num_tokens=loss.num_tokens,
        nats_per_token=round(loss.nats_per_token, 6),
        float32_nats_per_token=round(exact[1].nats_per_token, 6),
    )


def _measure(
    checkpoint: Checkpoint, config: EngineConfig, text: str, arguments: argparse.Namespace
) -> tuple[LoadedCheckpoint, HeldOutLoss]:
    from generation.engine.loading import load_checkpoint
    from generation.evaluation.perplexity import measure

    loaded = load_checkpoint(checkpoint, config)
    if loaded.dtype != checkpoint.dtype:
        raise CheckpointError(f"this machine holds {checkpoint.name} in {loaded.dtype}, not in {checkpoint.dtype}")
    loaded.use_threads()
    loss = measure(loaded, text, arguments.stride, arguments.max_tokens, _print_progress)
    if not loss.num_tokens or not math.isfinite(loss.nats):
        raise InvalidPrompt(f"the text gave {loss.nats} nats over {loss.num_tokens} tokens, expected some text")
    return loaded, loss


def _print_progress(share: float) -> None:
    if sys.stderr.isatty():
        print(f"\r{share:4.0%}", end="\n" if share == 1 else "", file=sys.stderr, flush=True)

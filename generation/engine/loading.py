"""From a checkpoint's source to a model that serves. Says at each stage where it is."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path

import torch
from torch import Tensor

from generation.checkpoints import Checkpoint, CheckpointState, bundled_folder, parse_source
from generation.config import ConfigError, Dtype, EngineConfig
from generation.engine import freed_memory
from generation.engine.dtypes import Held, choose_dtype, without_int8
from generation.engine.hub import OnState, fetch_from_hub
from generation.engine.model import GPT2, ModelShape
from generation.engine.quantization import QuantizationUnavailable, make_quantized_linear
from generation.engine.threads import use_threads
from generation.engine.token_table import TokenTable, make_token_table
from generation.engine.tokenizer import Tokenizer
from generation.engine.vocabulary import Vocabulary
from generation.engine.weighing import WatchedWeights, weigh
from generation.engine.weights import read_shape, read_sizes, read_weights, to_device
from generation.errors import CheckpointError, CheckpointInvalid

logger = logging.getLogger(__name__)

# Below this a second thread costs more in waiting than it saves in work.
MIN_PARAMETERS_FOR_THREADS = 30_000_000

# Makes room for so many bytes; raises a CheckpointError where there is none to be had.
MakeRoom = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class LoadedCheckpoint:
    """Weights, tokenizer and where they came from."""

    name: str
    folder: Path
    revision: str
    dtype: str
    num_parameters: int
    num_threads: int
    model: GPT2
    tokenizer: Tokenizer
    vocabulary: Vocabulary

    def use_threads(self) -> None:
        """For the thread that runs the model, before it does."""
        use_threads(self.num_threads, kernels_alone=self.model.is_compiled)


def ignore_state(state: CheckpointState, progress: float | None, reason: str) -> None:
    """For those who only wait for the result."""


def take_room(num_bytes: int) -> None:
    """For those who have no other checkpoints in memory."""


def load_checkpoint(
    checkpoint: Checkpoint, config: EngineConfig, on_state: OnState = ignore_state, make_room: MakeRoom = take_room
) -> LoadedCheckpoint:
    """Raises a CheckpointError that says why the checkpoint cannot serve. "ready" is for the caller to say.

    `make_room` is called with the bytes that the weights will take, before they are read, and may refuse.
    """
    with failures_told(checkpoint.name, on_state):
        folder, revision = _fetch(checkpoint, config, on_state)
        on_state("loading", None, "")
        loaded = load_folder(checkpoint, folder, revision, config, on_state, make_room)
        freed_memory.give_back()
    logger.info("loaded %s (%s, %s)", checkpoint.name, loaded.revision, loaded.dtype)
    return loaded


@contextmanager
def failures_told(name: str, on_state: OnState) -> Iterator[None]:
    """What goes wrong with the checkpoint is told to `on_state`, and raised as a CheckpointError."""
    try:
        yield
    except CheckpointError as error:
        on_state("failed", None, str(error))
        raise
    except (OSError, RuntimeError, MemoryError) as error:
        logger.exception("loading %s failed", name)
        reason = f"{name} cannot be loaded: {error}"
        on_state("failed", None, reason)
        raise CheckpointInvalid(reason) from error


def load_folder(
    checkpoint: Checkpoint, folder: Path, revision: str, config: EngineConfig, on_state: OnState, make_room: MakeRoom
) -> LoadedCheckpoint:
    try:
        shape = read_shape(folder)
        tokenizer = Tokenizer.from_folder(folder)
        if len(tokenizer) > shape.vocab_size:
            raise CheckpointInvalid(
                f"the tokenizer has {len(tokenizer)} tokens, expected at most the model's {shape.vocab_size}"
            )
        sizes = read_sizes(folder, shape)
        num_parameters = sum(prod(size) for size in sizes.values())
        device = choose_device(config.device)
        revision = revision or fingerprint(folder)
        held = Held(checkpoint.name, revision, num_parameters, (folder, config.models_dir))
        # The checkpoint's own dtype, else the engine's.
        dtype = choose_dtype(config.dtype if checkpoint.dtype == "auto" else checkpoint.dtype, held, device)
        make_room(weigh(sizes, dtype))
        weights = read_weights(folder, sizes)
    except CheckpointInvalid as error:
        raise CheckpointInvalid(f"{checkpoint.name} cannot be loaded: {error}") from error
    # Embeddings padded beyond the vocabulary are tokens that no text has.
    weights["wte.weight"] = weights["wte.weight"][: len(tokenizer)]
    weights = to_device(weights, device)
    token_table = make_token_table(folder, weights["wte.weight"])
    watched = WatchedWeights(weights, lambda share: on_state("loading", share, ""))
    model, dtype = make_model(watched, replace(shape, vocab_size=len(tokenizer)), dtype, token_table, held)
    return LoadedCheckpoint(
        name=checkpoint.name,
        folder=folder,
        revision=revision,
        dtype=dtype,
        num_parameters=num_parameters,
        num_threads=config.num_threads or _num_threads(num_parameters),
        model=model,
        tokenizer=tokenizer,
        vocabulary=Vocabulary(tokenizer.token_bytes),
    )


def _num_threads(num_parameters: int) -> int:
    return (os.cpu_count() or 1) if num_parameters >= MIN_PARAMETERS_FOR_THREADS else 1


def choose_device(name: str) -> torch.device:
    """Raises ConfigError where this machine has no such device."""
    num_cuda = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda" if num_cuda else "cpu")
    device = torch.device(name)
    if device.type == "cuda" and (device.index or 0) >= num_cuda:
        raise ConfigError(f"DEVICE is {name!r}, expected auto or cpu: PyTorch finds {num_cuda} CUDA devices here")
    return device


def make_model(
    weights: Mapping[str, Tensor], shape: ModelShape, dtype: Dtype, token_table: TokenTable, held: Held
) -> tuple[GPT2, Dtype]:
    """In `dtype`, or in another one where this machine turns out to multiply wrongly in it."""
    if dtype == "int8":
        try:
            return GPT2(weights, shape, torch.float32, token_table, make_quantized_linear), dtype
        except QuantizationUnavailable as error:
            logger.warning("%s is not held in int8: %s", held.name, error)
            dtype = without_int8(held, weights["wte.weight"].device)
    return GPT2(weights, shape, getattr(torch, dtype), token_table), dtype


def fingerprint(folder: Path) -> str:
    """The revision of files that have none: a hash of the weights, so that no cache outlives them."""
    digest = hashlib.blake2b(digest_size=20)
    for file in sorted(folder.glob("model*.safetensors")):
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "blake2b").digest())
    return digest.hexdigest()


def _fetch(checkpoint: Checkpoint, config: EngineConfig, on_state: OnState) -> tuple[Path, str]:
    source = parse_source(checkpoint.source)
    if source.kind == "hub":
        return fetch_from_hub(source.location, checkpoint.revision, config.models_dir / "hub", on_state)
    folder = bundled_folder() if source.kind == "bundled" else _folder_below(config.models_dir, source.location)
    if not folder.is_dir():
        raise CheckpointInvalid(f"{checkpoint.name} cannot be loaded: its folder {folder} is missing")
    return folder, checkpoint.revision


def _folder_below(models_dir: Path, name: str) -> Path:
    folder = (models_dir / name).resolve()
    if not folder.is_relative_to(models_dir.resolve()):
        raise CheckpointInvalid(f"folder {name!r} leads out of the models directory")
    return folder

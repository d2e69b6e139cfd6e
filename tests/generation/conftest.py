"""Tiny random GPT-2s made on the spot, and an engine driven by hand. No network, no downloaded weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer as FastTokenizer
from tokenizers import models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging as transformers_logging

from generation.checkpoints import Checkpoint
from generation.config import EngineConfig
from generation.engine import Engine
from tests.generation.driver import Driver

TRAINING_TEXT = (
    "It was a bright cold day in April, and the clocks were striking thirteen. The cat sat on the mat. "
    "She had been sitting there for an hour, thinking of nothing; then the cat went out.\n\n"
    "“What is it?” said Alice. ‘I don't know,’ he answered, and the two of them walked on to the sea.\n"
    "The café was naïve; Привет, мир! 猫が好きです。 مرحبا بالعالم 😀 👩‍👩‍👧‍👦\n"
) * 3

CONTEXT_LENGTH = 128


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Tiny products are slower on two threads, and much slower where the machine is busy."""
    transformers_logging.disable_progress_bar()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def make_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Writes a random GPT-2 with a tokenizer of its own, as transformers saves them."""

    def make(seed: int = 0, **config: object) -> Path:
        folder = tmp_path_factory.mktemp("checkpoint")
        vocab_size = _train_tokenizer(folder)
        torch.manual_seed(seed)
        settings = {"n_positions": CONTEXT_LENGTH, "n_embd": 64, "n_layer": 2, "n_head": 2, "initializer_range": 0.2}
        model = GPT2LMHeadModel(
            GPT2Config(**{"vocab_size": vocab_size, "bos_token_id": 0, "eos_token_id": 0, **settings, **config})
        )
        # Random biases and norms, so that a forgotten one shows.
        for name, weight in model.named_parameters():
            if name.endswith("bias") or "ln_" in name:
                weight.data += 0.1 * torch.randn_like(weight)
        model.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def checkpoint_folder(make_checkpoint: Callable[..., Path]) -> Path:
    return make_checkpoint()


@pytest.fixture(scope="session")
def reference(checkpoint_folder: Path) -> GPT2LMHeadModel:
    """The same checkpoint in transformers."""
    return GPT2LMHeadModel.from_pretrained(checkpoint_folder).eval()


@pytest.fixture
def make_driver(checkpoint_folder: Path) -> Callable[..., Driver]:
    """An engine serving the tiny checkpoint as "tiny", with a clock that stands still."""

    def make(folder: Path = checkpoint_folder, **settings: object) -> Driver:
        config = EngineConfig(models_dir=folder.parent, **{"dtype": "float32", **settings})  # type: ignore[arg-type]
        driver = Driver(config)
        driver.engine.load(Checkpoint("tiny", f"folder:{folder.name}"))
        return driver

    return make


@pytest.fixture
def driver(make_driver: Callable[..., Driver]) -> Driver:
    return make_driver()


@pytest.fixture
def engine(driver: Driver) -> Engine:
    return driver.engine


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder with gpt2-tokenizer/ and corpus/."""
    folder = os.environ.get("INKLING_TEST_DATA")
    if not folder:
        pytest.skip("INKLING_TEST_DATA is not set: GPT-2's own tokenizer and novels to read are not at hand")
    return Path(folder)


def _train_tokenizer(folder: Path) -> int:
    tokenizer = FastTokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TRAINING_TEXT.splitlines(keepends=True), trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return int(tokenizer.get_vocab_size())

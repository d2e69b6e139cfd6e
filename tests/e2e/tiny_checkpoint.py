"""A random GPT-2 in a folder, as an admin would bring one: small enough to load at once, of no use to a writer."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging as transformers_logging

from generation.checkpoints import bundled_folder

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


def write_tiny_checkpoint(folder: Path) -> None:
    """With the bundled checkpoint's tokenizer, so that what it writes can be read."""
    transformers_logging.disable_progress_bar()
    bundled = bundled_folder()
    torch.manual_seed(0)
    its_config = GPT2Config.from_pretrained(bundled)
    config = GPT2Config(
        vocab_size=its_config.vocab_size,
        bos_token_id=its_config.bos_token_id,
        eos_token_id=its_config.eos_token_id,
        n_positions=128,
        n_embd=64,
        n_layer=1,
        n_head=1,
    )
    GPT2LMHeadModel(config).save_pretrained(folder)
    for name in TOKENIZER_FILES:
        shutil.copy(bundled / name, folder)


def truncate_weights(folder: Path) -> None:
    """As a copy that was broken off leaves them."""
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])

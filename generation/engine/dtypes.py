"""Which dtype a checkpoint is held in on this machine, and why."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import torch

from generation.config import Dtype
from generation.engine.linear import has_fast_bfloat16
from generation.engine.quantization import QuantizationUnavailable, TiledProduct, activation_bits, fast_product
from generation.evaluation.records import find_record

logger = logging.getLogger(__name__)

# Below this the conversions around PyTorch's bf16 and int8 products cost more than the products gain; our own pay.
MIN_PARAMETERS_TO_ROUND = 30_000_000
# What int8 may add to the perplexity of a checkpoint that nobody asked to be held in it.
MAX_COST = 0.01


@dataclass(frozen=True, slots=True)
class Held:
    """What there is to choose for. `record_folders` are looked through for what the dtypes were measured to cost."""

    name: str
    revision: str
    num_parameters: int
    record_folders: tuple[Path, ...] = ()


def choose_dtype(wanted: Dtype, held: Held, device: torch.device) -> Dtype:
    """`wanted` where this machine has it; for "auto" the fastest that costs no quality worth naming."""
    if wanted == "int8" and (reason := why_no_int8(device)):
        logger.warning("%s is not held in int8: %s", held.name, reason)
        return without_int8(held, device)
    if wanted != "auto":
        return wanted
    return "int8" if is_int8_best(held, device) else without_int8(held, device)


def without_int8(held: Held, device: torch.device) -> Dtype:
    is_large = held.num_parameters >= MIN_PARAMETERS_TO_ROUND
    is_fast = device.type == "cuda" or has_fast_bfloat16()
    return "bfloat16" if is_large and is_fast else "float32"


def is_int8_best(held: Held, device: torch.device) -> bool:
    """True where it was measured to be faster, and to cost this checkpoint at most MAX_COST of perplexity.

    On CPUs with bf16 units it was only ever measured without the compiled rounding, and there bf16 was ahead.
    """
    if has_fast_bfloat16() or why_no_int8(device):
        return False
    if held.num_parameters < MIN_PARAMETERS_TO_ROUND and fast_product(activation_bits()) is not TiledProduct:
        return False
    record = find_record(held.record_folders, held.revision, "int8", activation_bits())
    if record is None:
        logger.info("%s is not held in int8: what that costs was not measured", held.name)
        return False
    if not record.cost <= MAX_COST:
        logger.info("%s is not held in int8: it costs %.2f %% of perplexity", held.name, 100 * record.cost)
        return False
    return True


def why_no_int8(device: torch.device) -> str:
    """Empty where int8 products are exact."""
    if device.type != "cpu":
        return f"int8 is for CPUs, and this is {device.type}"
    try:
        activation_bits()
    except QuantizationUnavailable as error:
        return str(error)
    return ""

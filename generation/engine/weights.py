"""Reads a GPT-2's shape and weights from a folder, and refuses what is not one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from generation.engine.model import ModelShape
from generation.errors import CheckpointInvalid

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")
# What transformers' GPT-2 can be configured to do otherwise, and what this engine does.
_FIXED = {
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "reorder_and_upcast_attn": False,
    "add_cross_attention": False,
    "tie_word_embeddings": True,
}
_GELU_TANH = ("gelu_new", "gelu_pytorch_tanh")
MIN_CONTEXT = 64
# Far beyond any GPT-2; more is a mistake, and would be long in coming to light.
MAX_LAYERS = 1024
MAX_SIZE = 2**24


def read_shape(folder: Path) -> ModelShape:
    """Raises CheckpointInvalid."""
    config = _read_config(folder)
    if "auto_map" in config:
        raise CheckpointInvalid("config.json has auto_map, which asks for code from the checkpoint to be run")
    if config.get("model_type") != "gpt2":
        raise CheckpointInvalid(f"config.json says model_type {config.get('model_type')!r}, expected 'gpt2'")
    for name, expected in _FIXED.items():
        if config.get(name, expected) != expected:
            raise CheckpointInvalid(f"config.json says {name} {config[name]!r}, expected {expected!r}")
    if config.get("activation_function", "gelu_new") not in _GELU_TANH:
        raise CheckpointInvalid(
            f"config.json says activation_function {config['activation_function']!r}, expected 'gelu_new'"
        )
    shape = ModelShape(
        vocab_size=_size(config, "vocab_size", 50257),
        context_length=_size(config, "n_positions", 1024),
        width=_size(config, "n_embd", 768),
        num_layers=_size(config, "n_layer", 12, MAX_LAYERS),
        num_heads=_size(config, "n_head", 12),
        layer_norm_epsilon=_epsilon(config),
    )
    if shape.width % shape.num_heads or shape.context_length < MIN_CONTEXT:
        raise CheckpointInvalid(
            f"config.json says n_embd {shape.width}, n_head {shape.num_heads} and n_positions {shape.context_length}, "
            f"expected heads that divide the width and at least {MIN_CONTEXT} positions"
        )
    return shape


def read_sizes(folder: Path, shape: ModelShape) -> dict[str, tuple[int, ...]]:
    """What config.json says that the weights are. Raises CheckpointInvalid."""
    config = _read_config(folder)
    is_given = config.get("n_inner") is not None
    return expected_sizes(shape, _size(config, "n_inner", 0) if is_given else 4 * shape.width)


def read_weights(folder: Path, sizes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Every weight by its name without `transformer.`. Raises CheckpointInvalid, also where a size is another."""
    files = sorted(folder.glob("model*.safetensors"))
    if not files:
        raise CheckpointInvalid(_why_no_weights(folder))
    weights: dict[str, Tensor] = {}
    for file in files:
        try:
            with safe_open(file, framework="pt") as tensors:
                weights |= {name.removeprefix("transformer."): tensors.get_tensor(name) for name in tensors.keys()}  # noqa: SIM118 - not a dict
        except (SafetensorError, OSError) as error:
            raise CheckpointInvalid(f"{file.name} is damaged or cut short: {error}") from error
    check_weights(weights, sizes)
    return {name: weights[name] for name in sizes}


def check_weights(weights: Mapping[str, Tensor], expected: Mapping[str, tuple[int, ...]]) -> None:
    missing = [name for name in expected if name not in weights]
    if missing:
        raise CheckpointInvalid(f"{len(missing)} weights are missing, the first is {missing[0]}")
    for name, size in expected.items():
        if tuple(weights[name].shape) != size:
            raise CheckpointInvalid(f"{name} has shape {tuple(weights[name].shape)}, expected {size}")
        if not weights[name].isfinite().all():
            raise CheckpointInvalid(f"{name} holds numbers that are infinite or not numbers")


def expected_sizes(shape: ModelShape, inner_width: int) -> dict[str, tuple[int, ...]]:
    """The weights of a GPT-2 and their sizes; its products are stored as (in_features, out_features)."""
    width = shape.width
    sizes: dict[str, tuple[int, ...]] = {
        "wte.weight": (shape.vocab_size, width),
        "wpe.weight": (shape.context_length, width),
        "ln_f.weight": (width,),
        "ln_f.bias": (width,),
    }
    for layer in range(shape.num_layers):
        products = {
            "attn.c_attn": (width, 3 * width),
            "attn.c_proj": (width, width),
            "mlp.c_fc": (width, inner_width),
            "mlp.c_proj": (inner_width, width),
        }
        for name, size in products.items():
            sizes |= {f"h.{layer}.{name}.weight": size, f"h.{layer}.{name}.bias": size[1:]}
        for name in ("ln_1", "ln_2"):
            sizes |= {f"h.{layer}.{name}.weight": (width,), f"h.{layer}.{name}.bias": (width,)}
    return sizes


def to_device(weights: Mapping[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    return {name: weight.to(device) for name, weight in weights.items()}


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointInvalid("config.json is missing") from None
    except (OSError, ValueError) as error:
        raise CheckpointInvalid(f"config.json cannot be read: {error}") from error
    if not isinstance(config, dict):
        raise CheckpointInvalid("config.json is not an object")
    return config


def _size(config: Mapping[str, Any], name: str, default: int, most: int = MAX_SIZE) -> int:
    value = config.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise CheckpointInvalid(f"config.json says {name} {value!r}, expected an integer from 1 to {most}")
    return value


def _epsilon(config: Mapping[str, Any]) -> float:
    value = config.get("layer_norm_epsilon", 1e-5)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1:
        raise CheckpointInvalid(f"config.json says layer_norm_epsilon {value!r}, expected a number between 0 and 1")
    return value


def _why_no_weights(folder: Path) -> str:
    pickles = sorted(file.name for pattern in _PICKLES for file in folder.glob(pattern))
    if pickles:
        return f"only pickled weights ({pickles[0]}), expected model.safetensors: pickles can run code"
    return "model.safetensors is missing"

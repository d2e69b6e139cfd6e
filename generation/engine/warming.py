"""Runs a model once before anyone waits for it: its kernels are compiled, its weights are in memory."""

from __future__ import annotations

from random import Random

import torch

from generation.engine.attention import AttentionPlan
from generation.engine.kv_cache import Arena, Cells
from generation.engine.model import GPT2
from generation.engine.sampler import RowParams, draw_uniforms, sample
from generation.errors import CheckpointInvalid
from generation.messages import SamplingParams

CAPACITY = 16


@torch.inference_mode()
def warm_up(model: GPT2, name: str) -> None:
    """Reads a token of a prompt, continues it by one and draws. Raises CheckpointInvalid where nothing can be drawn."""
    num_bytes = CAPACITY * model.cell_shape.num_bytes
    arena = Arena(2 * num_bytes, model.device)
    prompt, own = (Cells(arena, arena.lend(num_bytes), model.cell_shape, CAPACITY) for _ in range(2))
    plan = AttentionPlan(arena.all_as(model.cell_shape.dtype), model.cell_shape)
    plan.read_prompt(prompt, 0, 1)
    plan.decode(prompt, 1, [(own, 1)])
    plan.close()
    logits = model.forward([0, 0], [0, 1], plan, [1])
    if not logits.isfinite().all():
        raise CheckpointInvalid(f"{name} cannot be loaded: its logits are infinite or not numbers")
    sample(logits, RowParams.of([SamplingParams()], [draw_uniforms(Random(0))], model.device))

"""Where a decode step's time goes: python -m benchmarks.decode_step --shape gpt2 --rows 24 --keys 256

Random weights of the real shapes. The floor is the time this machine takes to read each weight and each key and
value once, at the bandwidth measured in the same run. Minima over the steps: other work on the machine only adds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from random import Random
from typing import Any

import torch

from generation.engine.attention import AttentionPlan
from generation.engine.kv_cache import Arena, Cells
from generation.engine.model import GPT2, ModelShape
from generation.engine.quantization import make_quantized_linear
from generation.engine.sampler import RowParams, draw_uniforms, sample
from generation.engine.threads import use_threads
from generation.engine.weights import expected_sizes
from generation.messages import SamplingParams

SHAPES = {
    "novels-7m": ModelShape(8192, 512, 256, 6, 4, 1e-5),
    "distilgpt2": ModelShape(50257, 1024, 768, 6, 12, 1e-5),
    "gpt2": ModelShape(50257, 1024, 768, 12, 12, 1e-5),
}
ROWS_PER_PROMPT = 3
OWN_TOKENS = 10
OWN_CAPACITY = 32


class Stopwatch:
    """Adds up the seconds spent in functions it wraps."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


def make_model(shape: ModelShape, dtype: str) -> GPT2:
    generator = torch.Generator().manual_seed(0)
    sizes = expected_sizes(shape, 4 * shape.width)
    weights = {name: 0.02 * torch.randn(size, generator=generator) for name, size in sizes.items()}
    if dtype == "int8":
        return GPT2(weights, shape, torch.float32, make_linear=make_quantized_linear)
    return GPT2(weights, shape, getattr(torch, dtype))


class Batch:
    """Continuations, three to a prompt, that have each written some tokens."""

    def __init__(self, model: GPT2, num_rows: int, num_keys: int) -> None:
        self.model = model
        self.num_rows = num_rows
        self.num_keys = num_keys
        cell_bytes = model.cell_shape.num_bytes
        num_prompts = -(-num_rows // ROWS_PER_PROMPT)
        self.arena = Arena((num_prompts * num_keys + num_rows * OWN_CAPACITY + 16) * cell_bytes, model.device)
        self.arena.all_as(torch.float32).normal_()
        self.prompts = [self._cells(num_keys) for _ in range(num_prompts)]
        self.own = [self._cells(OWN_CAPACITY) for _ in range(num_rows)]
        self.params = [SamplingParams() for _ in range(num_rows)]
        self.random = Random(0)
        self.num_bytes = model.num_bytes + cell_bytes * (num_prompts * num_keys + num_rows * OWN_TOKENS)

    def plan(self) -> AttentionPlan:
        plan = AttentionPlan(self.arena.all_as(torch.float32), self.model.cell_shape)
        for number, prompt in enumerate(self.prompts):
            own = self.own[number * ROWS_PER_PROMPT : (number + 1) * ROWS_PER_PROMPT]
            plan.decode(prompt, self.num_keys, [(cells, OWN_TOKENS) for cells in own])
        plan.close()
        return plan

    def step(self, attention: Stopwatch, sampling: Stopwatch) -> None:
        plan = self.plan()
        plan.attend = attention.around(plan.attend)  # type: ignore[method-assign]
        position = self.num_keys + OWN_TOKENS - 1
        rows = self.num_rows
        logits = self.model.forward([1] * rows, [position] * rows, plan, list(range(rows)))
        sampling.around(self._draw)(logits)

    def _draw(self, logits: torch.Tensor) -> None:
        uniforms = [draw_uniforms(self.random) for _ in self.params]
        sample(logits, RowParams.of(self.params, uniforms, logits.device))

    def _cells(self, capacity: int) -> Cells:
        shape = self.model.cell_shape
        return Cells(self.arena, self.arena.lend(capacity * shape.num_bytes), shape, capacity)


def time_linears(model: GPT2, linears: Stopwatch) -> None:
    """Products are looked up by attribute, so that is where the stopwatch goes."""
    for layer in model.layers:
        for name in ("query_key_value", "attention_out", "perceptron_in", "perceptron_out"):
            setattr(layer, name, linears.around(getattr(layer, name)))
    model.head = linears.around(model.head)  # type: ignore[assignment]


def measure_bandwidth() -> float:
    """Bytes per second of reading 256 MB from memory."""
    numbers = torch.ones(2**26)
    best = min(_seconds(numbers.sum) for _ in range(10))
    return numbers.nbytes / best


def _seconds(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


@torch.inference_mode()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="gpt2")
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--keys", type=int, default=256)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--dtype", choices=("float32", "bfloat16", "int8"), default="float32")
    arguments = parser.parse_args()
    model = make_model(SHAPES[arguments.shape], arguments.dtype)
    use_threads(arguments.threads, kernels_alone=model.is_compiled)
    batch = Batch(model, arguments.rows, arguments.keys)
    floor = batch.num_bytes / measure_bandwidth()
    linears, attention, sampling = (Stopwatch() for _ in range(3))
    time_linears(model, linears)
    batch.step(attention, sampling)
    best: dict[str, float] = {}
    for _ in range(arguments.steps):
        for stopwatch in (linears, attention, sampling):
            stopwatch.seconds = 0.0
        total = _seconds(lambda: batch.step(attention, sampling))
        parts = {"linears": linears.seconds, "attention": attention.seconds, "sampling": sampling.seconds}
        parts["rest"] = total - sum(parts.values())
        for name, seconds in {"step": total, **parts}.items():
            best[name] = min(seconds, best.get(name, seconds))
    print(f"{arguments.shape} {arguments.dtype}, {arguments.rows} rows, {arguments.keys} keys, ms:")
    for name, seconds in {**best, "floor": floor}.items():
        print(f"  {name:10}{1000 * seconds:9.2f}")
    print(f"  step / floor {best['step'] / floor:6.1f}")


if __name__ == "__main__":
    main()

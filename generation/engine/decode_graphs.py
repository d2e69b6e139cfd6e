"""Decoding on a GPU as CUDA graphs, which start the hundreds of small kernels of a step at once.

A graph has fixed shapes, so there is one for each bucket of rows and of cells looked at. Rows that fill a bucket up
repeat the first one: they write the same numbers to the same cells once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine.attention import AttentionPlan
from generation.engine.attention_tensors import DecodeAttention, Places, split_heads
from generation.engine.model import GPT2

logger = logging.getLogger(__name__)

ROWS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
SHARED_CELLS = 256
OWN_CELLS = 32
# The least recently used goes first.
MAX_GRAPHS = 64
WARM_UPS = 3

# Takes what computes from tensors that stay where they are; gives back what does so again, faster.
Capture = Callable[[Callable[[], Tensor]], Callable[[], Tensor]]
Bucket = tuple[int, int, int]  # rows, shared cells, own cells


@dataclass(frozen=True, slots=True)
class Graph:
    """`replay` gives logits (num_rows, vocab_size) for what stands in the other tensors."""

    input_ids: Tensor  # (num_rows,)
    positions: Tensor  # (num_rows,)
    places: Tensor  # (num_rows, 6): Places
    replay: Callable[[], Tensor]


class DecodeGraphs:
    """The graphs of one model; `memory` is all of the arena, in the dtype of the cells."""

    def __init__(self, model: GPT2, memory: Tensor, capture: Capture) -> None:
        self._model = model
        self._memory = memory
        self._capture = capture
        self._graphs: dict[Bucket, Graph] = {}  # least recently used first
        self._is_off = False

    def run(self, input_ids: Sequence[int], positions: Sequence[int], plan: AttentionPlan) -> Tensor | None:
        """The logits after each continuation's token; None where the step has to be run without a graph."""
        num_rows = next((size for size in ROWS if size >= len(input_ids)), None)
        if self._is_off or num_rows is None or not plan.is_only_decoding:
            return None
        filled = range(num_rows - len(input_ids))
        numbers = [*input_ids, *(input_ids[0] for _ in filled)]
        at = [*positions, *(positions[0] for _ in filled)]
        places = plan.decoding_places()
        places += [places[0] for _ in filled]
        graph = self._graph(numbers, at, places)
        return None if graph is None else graph.replay()[: len(input_ids)].clone()

    def _graph(self, input_ids: list[int], positions: list[int], places: list[Places]) -> Graph | None:
        """The graph for these tokens, which are in it."""
        bucket = (len(input_ids), _cells(places, 2, SHARED_CELLS), _cells(places, 5, OWN_CELLS))
        device = self._memory.device
        tensors = [torch.tensor(numbers, device=device) for numbers in (input_ids, positions, places)]
        graph = self._graphs.pop(bucket, None)
        if graph is None:
            graph = self._make(bucket, *tensors)
        else:
            for kept, new in zip((graph.input_ids, graph.positions, graph.places), tensors, strict=True):
                kept.copy_(new)
        if graph is not None:
            self._graphs[bucket] = graph
        return graph

    def _make(self, bucket: Bucket, input_ids: Tensor, positions: Tensor, places: Tensor) -> Graph | None:
        while len(self._graphs) >= MAX_GRAPHS:
            del self._graphs[next(iter(self._graphs))]
        wanted = torch.arange(len(input_ids), device=input_ids.device)
        attention = _Attention(DecodeAttention(self._memory, self._model.cell_shape, places, *bucket[1:]), self._model)

        def compute() -> Tensor:
            return self._model.run(input_ids, positions, attention, wanted)

        try:
            replay = self._capture(compute)
        except RuntimeError as error:
            logger.warning("steps are run without CUDA graphs from now on, which is slower: %s", error)
            self._is_off = True
            return None
        return Graph(input_ids, positions, places, replay)


class _Attention:
    """What a layer asks for, from what the continuations' tensors give."""

    def __init__(self, attention: DecodeAttention, model: GPT2) -> None:
        self._attention = attention
        self._shape = model.cell_shape

    def attend(self, qkv: Tensor, layer: int) -> Tensor:
        return self._attention.attend(*split_heads(qkv, self._shape), layer).flatten(1)


class GpuCapture:
    """As PyTorch's notes on CUDA graphs say: some runs on a stream beside first, in which libraries set themselves up.

    All graphs share one pool of memory, since what one gives is copied before the next is replayed.
    """

    def __init__(self) -> None:
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, compute: Callable[[], Tensor]) -> Callable[[], Tensor]:
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(WARM_UPS):
                compute()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool):
            logits = compute()

        def replay() -> Tensor:
            graph.replay()
            return logits

        return replay


def capture_for(device: torch.device) -> Capture | None:
    """None where there is nothing to capture."""
    return GpuCapture() if device.type == "cuda" else None


def _cells(places: list[Places], number: int, step: int) -> int:
    """How many cells are looked at, doubled from `step` on until all are among them."""
    most = max(place[number] for place in places)
    size = step
    while size < most:
        size *= 2
    return size

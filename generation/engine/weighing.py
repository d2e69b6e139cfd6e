"""What a checkpoint's weights take in memory, known before they are read, and how far their reading is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod

from torch import Tensor

from generation.config import Dtype
from generation.engine.token_table import LARGEST_IN_MEMORY

_BYTES: Mapping[Dtype, int] = {"float32": 4, "bfloat16": 2, "int8": 1}


def weigh(sizes: Mapping[str, tuple[int, ...]], dtype: Dtype) -> int:
    """Bytes of a model whose weights have these sizes, laid out for products. Exact but for int8's scales."""
    products = sum(prod(size) for name, size in sizes.items() if len(size) == 2 and not name.startswith("w"))
    embedding = prod(sizes["wte.weight"])
    # The output layer is never rounded to bf16; the table to look tokens up in stays in its file if it is large.
    head = embedding * (1 if dtype == "int8" else 4)
    table = 4 * embedding if 4 * embedding <= LARGEST_IN_MEMORY else 0
    return products * _BYTES[dtype] + head + table + 4 * prod(sizes["wpe.weight"])


class WatchedWeights(Mapping[str, Tensor]):
    """Weights that tell, as they are taken, which share of them has been."""

    def __init__(self, weights: Mapping[str, Tensor], on_share: Callable[[float], None]) -> None:
        self._weights = weights
        self._on_share = on_share
        self._num_all = sum(weight.numel() for weight in weights.values())
        self._left = set(weights)

    def __getitem__(self, name: str) -> Tensor:
        weight = self._weights[name]
        if name in self._left:
            self._left.remove(name)
            self._on_share(1 - sum(self._weights[left].numel() for left in self._left) / self._num_all)
        return weight

    def __iter__(self) -> Iterator[str]:
        return iter(self._weights)

    def __len__(self) -> int:
        return len(self._weights)

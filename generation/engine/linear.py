"""The matrix products of a model. Picks the fastest form that this machine computes rightly."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

logger = logging.getLogger(__name__)

# A row of F.linear in fp32 differs in its last bits between products of few and of many rows, so few are filled up.
MIN_ROWS = 16
# oneDNN lays the weight out for products of so many rows; laid out for one, rows depend on how many there are.
ROWS_LAID_OUT_FOR = 16
# What differs between two right fp32 (or bf16) products of one row, as a share of the largest number among them.
TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.02}


def num_rows_for(num_tokens: int) -> int:
    """As many rows as tokens, or some more, so that products have few different numbers of rows.

    These are 1, 2, ... 8, 10, 12, 14, 16, 20, ... 32, 40, ... 64, and then 96, 128, 192, 256, 384 and so on: 268 tokens
    have 384 rows, but pieces of prompts are cut to fit. For each number of rows and each size of weight oneDNN makes
    code of its own when it first comes, which takes milliseconds, and keeps it: half a MiB, for up to 1024 of them.
    """
    step = _rows_apart(num_tokens)
    return -(-num_tokens // step) * step


def num_rows_within(num_tokens: int) -> int:
    """The largest of those numbers of rows that `num_tokens` tokens fill: 256 of 268."""
    return num_tokens // _rows_apart(num_tokens) * _rows_apart(num_tokens)


def _rows_apart(num_tokens: int) -> int:
    if num_tokens <= 8:
        return 1
    return 2 ** (num_tokens.bit_length() - (3 if num_tokens < 64 else 2))  # type: ignore[no-any-return]


def fill_up(x: Tensor, num_rows: int) -> Tensor:
    return F.pad(x, (0, 0, 0, num_rows - len(x))) if num_rows > len(x) else x


class Linear(Protocol):
    """Gives x @ weight.T + bias in fp32 for x of shape (num_tokens, in_features).

    In fp32 on a CPU a token's numbers are the same whatever tokens stand beside it, to the last bit.
    """

    def __call__(self, x: Tensor) -> Tensor: ...

    @property
    def num_bytes(self) -> int: ...

    @property
    def is_compiled(self) -> bool:
        """Whether a kernel of ours multiplies, with its own threads, and not PyTorch."""
        ...


# Takes a weight (out_features, in_features) and a bias, both in the dtype to compute in.
LinearMaker = Callable[[Tensor, Tensor | None], Linear]


class PlainLinear:
    """Runs everywhere, in the dtype of its weight."""

    is_compiled = False

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.weight = weight.contiguous()  # (out_features, in_features)
        self.bias = bias
        self.is_filled_up = weight.device.type == "cpu"

    def __call__(self, x: Tensor) -> Tensor:
        return self._multiply(fill_up(x, MIN_ROWS))[: len(x)] if self.is_filled_up else self._multiply(x)

    @property
    def num_bytes(self) -> int:
        return self.weight.nbytes

    def _multiply(self, x: Tensor) -> Tensor:
        return F.linear(x.to(self.weight.dtype), self.weight, self.bias).float()


class PackedLinear:
    """On CPU, with the weight laid out once as oneDNN wants it.

    F.linear lays it out anew in every call, which costs as much as the product itself when few rows are decoded.
    Raises RuntimeError or AttributeError where this PyTorch or machine has no such products: they are private to it.
    """

    is_compiled = False

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.dtype = weight.dtype
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight, ROWS_LAID_OUT_FOR)
        self.bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        product = torch.ops.mkldnn._linear_pointwise(x.to(self.dtype), self.weight, self.bias, "none", [], "")
        return product.float()  # type: ignore[no-any-return]

    @property
    def num_bytes(self) -> int:
        return self.weight.nbytes  # type: ignore[no-any-return]


def make_linear(weight: Tensor, bias: Tensor | None) -> Linear:
    """`weight` is (out_features, in_features), both in the dtype to compute in."""
    if weight.device.type == "cpu" and (weight.dtype == torch.float32 or has_fast_bfloat16()):
        try:
            packed = PackedLinear(weight, bias)
            check_packed(packed, weight, bias)
        except (RuntimeError, AttributeError) as error:
            logger.warning("weights of %s are not prepacked, which is slower: %s", tuple(weight.shape), error)
        else:
            return packed
    return PlainLinear(weight, bias)


_checked: set[tuple[torch.Size, torch.dtype]] = set()


def check_packed(packed: Linear, weight: Tensor, bias: Tensor | None) -> None:
    """Raises RuntimeError unless the product is right and, in fp32, a row's own. Done once per shape of a process."""
    if (weight.shape, weight.dtype) in _checked:
        return
    x = torch.randn(200, weight.shape[1], generator=torch.Generator().manual_seed(0))
    expected = PlainLinear(weight, bias)(x)
    many = packed(x)
    difference = (many - expected).abs().max().item()
    if not difference <= TOLERANCE[weight.dtype] * expected.abs().max().item():
        raise RuntimeError(f"the prepacked product is wrong by {difference:g}")
    if weight.dtype == torch.float32 and not all(torch.equal(packed(x[:size]), many[:size]) for size in (1, 3, 24, 64)):
        raise RuntimeError("a row of the prepacked product depends on the number of rows")
    _checked.add((weight.shape, weight.dtype))


def has_fast_bfloat16() -> bool:
    """True where the CPU multiplies bf16 itself; elsewhere oneDNN emulates it, slower than fp32."""
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()

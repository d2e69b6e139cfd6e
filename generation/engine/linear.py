"""The matrix products of a layer. Picks the fastest form this machine has."""

from __future__ import annotations

import logging
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

logger = logging.getLogger(__name__)


class Linear(Protocol):
    """Gives x @ weight.T + bias in fp32 for x of shape (num_tokens, in_features)."""

    def __call__(self, x: Tensor) -> Tensor: ...


class PlainLinear:
    """Runs everywhere, in the dtype of its weight."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.weight = weight  # (out_features, in_features)
        self.bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        return F.linear(x.to(self.weight.dtype), self.weight, self.bias).float()


class PrepackedLinear:
    """bf16 on CPU with the weight laid out once as oneDNN wants it.

    F.linear lays it out anew in every call, which costs as much as the product itself when few rows are decoded.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight, None)
        self.bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        product = torch.ops.mkldnn._linear_pointwise(x.bfloat16(), self.weight, self.bias, "none", [], "")
        return product.float()  # type: ignore[no-any-return]


def make_linear(weight: Tensor, bias: Tensor | None) -> Linear:
    """`weight` is (out_features, in_features), both in the dtype to compute in."""
    if weight.dtype == torch.bfloat16 and weight.device.type == "cpu" and has_fast_bfloat16():
        try:
            return PrepackedLinear(weight, bias)
        except RuntimeError as error:
            # The layout is not a public interface of PyTorch's; the plain product always is.
            logger.warning("bf16 weights are not prepacked: %s", error)
    return PlainLinear(weight, bias)


def has_fast_bfloat16() -> bool:
    """True where the CPU multiplies bf16 itself; elsewhere oneDNN emulates it, slower than fp32."""
    return torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()

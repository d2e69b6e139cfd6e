"""int8 products: each output's weights in 127 steps to either side, each token's activations in 127 or 255 steps.

The sums are of integers and exact, so a token's numbers are its own whatever stands beside it. The zero point per token
is what keeps the quality at GPT-2's sizes (LLM.int8(), arXiv 2208.07339, table 1).
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engine import integer_tiles
from generation.engine.quantization_kernels import (
    dequantise,
    dequantise_in_parallel,
    quantise,
    quantise_in_parallel,
)
from generation.engine.threads import kernel_threads

logger = logging.getLogger(__name__)

WEIGHT_LEVELS = 127
# The rows that products are tested with: all remainders of a tile, few, and many.
ROWS_TESTED = (1, 2, 3, 4, 24, 63, 200)


class QuantizationUnavailable(RuntimeError):
    """This machine has no exact int8 products; the message says what came out instead."""


class QuantizedLinear:
    """Gives x @ weight.T + bias in fp32. `pack` makes of the integer weights a function that multiplies by them.

    x[t] = scale[t] * (q[t] - zero[t]) and weight[o] = scales[o] * w[o] with integers q and w, so
    x[t] @ weight[o] = scale[t] * scales[o] * (q[t] @ w[o] - zero[t] * sum(w[o])).
    """

    def __init__(
        self, weight: Tensor, bias: Tensor | None, activation_bits: int, pack: Callable[[Tensor], IntegerProduct]
    ) -> None:
        scales = weight.abs().amax(1).div_(WEIGHT_LEVELS)
        scales[scales == 0] = 1  # an output that hears nothing
        integers = (weight / scales[:, None]).round_().to(torch.int8).contiguous()
        self.levels = 2**activation_bits - 1
        self.num_bytes = integers.nbytes
        self._scales = scales.numpy()
        self._sums = integers.sum(1, dtype=torch.int32).float().numpy()
        self._bias = (torch.zeros(len(weight)) if bias is None else bias.float()).numpy()
        self.is_compiled = pack is TiledProduct
        self._multiply = pack(integers)

    def __call__(self, x: Tensor) -> Tensor:
        quantised = torch.empty(x.shape, dtype=torch.uint8)
        scales, zeros = torch.empty(len(x)).numpy(), torch.empty(len(x)).numpy()
        is_parallel = self.is_compiled and kernel_threads() > 1
        round_rows = quantise_in_parallel if is_parallel else quantise
        round_rows(x.contiguous().numpy(), self.levels, quantised.numpy(), scales, zeros)
        product = self._multiply(quantised)
        scale_rows = dequantise_in_parallel if is_parallel else dequantise
        scale_rows(product.numpy(), scales, zeros, self._scales, self._sums, self._bias)
        return product


# u8 (num_tokens, in_features) to the sums of 32 bits in fp32 (num_tokens, out_features).
IntegerProduct = Callable[[Tensor], Tensor]


class TiledProduct:
    """Compiled for AVX2. Exact for activations of 7 bits, whose products it adds by twos in 16."""

    def __init__(self, weight: Tensor) -> None:
        self.out_features = len(weight)
        self.weight = integer_tiles.lay_out(weight.numpy())

    def __call__(self, x: Tensor) -> Tensor:
        x = F.pad(x, (0, -x.shape[1] % integer_tiles.INPUTS)) if x.shape[1] % integer_tiles.INPUTS else x
        product = torch.empty(len(x), self.out_features)
        multiply = integer_tiles.multiply_in_parallel if kernel_threads() > 1 else integer_tiles.multiply
        multiply(x.numpy(), self.weight, product.numpy())
        return product


class PackedProduct:
    """Through oneDNN, with the weight laid out once. Exact where the CPU adds products in 32 bits at once."""

    def __init__(self, weight: Tensor) -> None:
        self.weight = torch.ops.onednn.qlinear_prepack(weight, None)  # weight: s8 (out_features, in_features)
        self.scales = torch.ones(len(weight))
        self.zeros = torch.zeros(len(weight), dtype=torch.int32)

    def __call__(self, x: Tensor) -> Tensor:
        return torch.ops.onednn.qlinear_pointwise(  # type: ignore[no-any-return]
            x, 1.0, 0, self.weight, self.scales, self.zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )


class PlainProduct:
    """The same numbers on any machine, slowly: to hold the fast one against, and to measure what it would cost."""

    def __init__(self, weight: Tensor) -> None:
        # Products of integers of 8 bits and sums of thousands of them are exact in fp64.
        self.weight = weight.double()

    def __call__(self, x: Tensor) -> Tensor:
        return (x.double() @ self.weight.t()).float()


def fast_product(bits: int) -> Callable[[Tensor], IntegerProduct]:
    """What multiplies activations of so many bits: whoever has VNNI or AMX has oneDNN use it."""
    return PackedProduct if bits == 8 else TiledProduct


def make_quantized_linear(weight: Tensor, bias: Tensor | None) -> QuantizedLinear:
    """`weight` is (out_features, in_features) in fp32. Raises QuantizationUnavailable."""
    bits = activation_bits()
    check_shape(weight.shape[0], weight.shape[1], bits)
    return QuantizedLinear(weight, bias, bits, fast_product(bits))


@functools.cache
def activation_bits() -> int:
    """How many bits of an activation this CPU multiplies exactly. Raises QuantizationUnavailable.

    Without VNNI or AMX two products are added in 16 bits and cut off there: 2 * 255 * 127 is too much for these,
    2 * 127 * 127 is not.
    """
    reasons = []
    for bits in bits_by_flags():
        try:
            check_worst_case(bits)
        except QuantizationUnavailable as error:
            logger.warning("this CPU should multiply %d bits by 8, but does not: %s", bits, error)
            reasons.append(str(error))
        else:
            return bits
    raise QuantizationUnavailable(reasons[-1] if reasons else "this CPU has neither AVX2, AVX-512 VNNI nor AMX")


def bits_by_flags() -> tuple[int, ...]:
    has = torch.cpu.get_capabilities().get
    if has("amx_int8") or has("avx512_vnni") or has("avx_vnni"):
        return 8, 7
    return (7,) if has("avx2") else ()


def check_worst_case(bits: int) -> None:
    """Largest activations by largest weights, of one sign and of both, at the lengths of GPT-2's sums."""
    for in_features in (64, 256, 768, 3072, 6400):
        weight = torch.full((64, in_features), WEIGHT_LEVELS, dtype=torch.int8)
        weight[1::4] = -WEIGHT_LEVELS
        weight[2::4, ::2] = -WEIGHT_LEVELS
        weight[3::4, in_features // 2 :] = -WEIGHT_LEVELS
        x = torch.full((24, in_features), 2**bits - 1, dtype=torch.uint8)
        x[1::3, ::2] = 0
        _check_equal(fast_product(bits), weight, x)


@functools.cache
def check_shape(out_features: int, in_features: int, bits: int) -> None:
    """Once per shape of a process: as integers multiply, and a row's own, at the row counts the engine has."""
    generator = torch.Generator().manual_seed(0)
    weight = torch.randint(-WEIGHT_LEVELS, 128, (out_features, in_features), dtype=torch.int8, generator=generator)
    x = torch.randint(0, 2**bits, (200, in_features), dtype=torch.uint8, generator=generator)
    _check_equal(fast_product(bits), weight, x)


def _check_equal(pack: Callable[[Tensor], IntegerProduct], weight: Tensor, x: Tensor) -> None:
    # Outputs of the first and the last block suffice: a vocabulary's worth of fp64 would not.
    columns = torch.cat((torch.arange(64), torch.arange(64) - 64)) % len(weight)
    expected = PlainProduct(weight[columns])(x)
    try:
        product = pack(weight)
        given = {size: product(x[:size])[:, columns] for size in ROWS_TESTED if size <= len(x)}
    except (RuntimeError, AttributeError) as error:
        raise QuantizationUnavailable(str(error)) from error
    for size, some in given.items():
        if not torch.equal(some, expected[:size]):
            raise QuantizationUnavailable(f"a product of {size} rows is not that of the integers")

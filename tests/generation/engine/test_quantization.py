"""int8 products: exact in integers, a row's own, close to fp32, and refused where a machine cannot."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from generation.engine import quantization
from generation.engine.quantization import (
    PackedProduct,
    PlainProduct,
    QuantizationUnavailable,
    QuantizedLinear,
    TiledProduct,
    activation_bits,
    check_shape,
    fast_product,
    make_quantized_linear,
)
from generation.engine.quantization_kernels import quantise
from generation.engine.threads import use_threads
from tests.generation.engine.test_linear import rows, weight_and_bias

SHAPES = [(192, 64), (420, 64), (64, 256), (1024, 256), (2304, 768), (768, 3072), (100, 50)]


@pytest.fixture(autouse=True)
def _nothing_checked() -> Iterator[None]:
    activation_bits.cache_clear()
    check_shape.cache_clear()
    yield
    activation_bits.cache_clear()
    check_shape.cache_clear()


def has_exact_products() -> bool:
    try:
        return bool(activation_bits())
    except QuantizationUnavailable:
        return False


needs_exact_products = pytest.mark.skipif(not has_exact_products(), reason="this CPU has no exact int8 products")


# It works


@needs_exact_products
@pytest.mark.parametrize("shape", SHAPES)
def test_the_fast_product_is_that_of_the_integers(shape: tuple[int, int]) -> None:
    weight, bias = weight_and_bias(*shape)
    x = rows(70, shape[1])
    expected = QuantizedLinear(weight, bias, activation_bits(), PlainProduct)(x)
    assert torch.equal(make_quantized_linear(weight, bias)(x), expected)


@needs_exact_products
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("num_threads", [1, 2])
def test_a_row_is_the_same_among_any_others(shape: tuple[int, int], num_threads: int) -> None:
    product, x = make_quantized_linear(*weight_and_bias(*shape)), rows(300, shape[1])
    use_threads(num_threads)
    try:
        many = product(x)
        assert all(torch.equal(product(x[:size]), many[:size]) for size in (1, 2, 3, 5, 16, 24, 64, 200, 257))
        assert torch.equal(product(x[57:58]), many[57:58])
        assert torch.equal(product(x.flip(0)), many.flip(0))
    finally:
        use_threads(1)


@pytest.mark.parametrize(("bits", "largest_error"), [(7, 0.018), (8, 0.012)])
def test_a_product_is_close_to_that_of_fp32(bits: int, largest_error: float) -> None:
    weight, bias = weight_and_bias(256, 768)
    x = rows(40, 768) + 0.5
    exact = x @ weight.t() + bias
    given = QuantizedLinear(weight, bias, bits, PlainProduct)(x)
    assert (given - exact).norm() <= largest_error * exact.norm()


def test_an_outlier_costs_its_own_row_alone() -> None:
    weight, bias = weight_and_bias(64, 64)
    product, x = QuantizedLinear(weight, bias, 7, PlainProduct), rows(3, 64)
    before = product(x)
    x[1, 5] = 1000.0
    assert torch.equal(product(x)[[0, 2]], before[[0, 2]])
    torch.testing.assert_close(product(x)[1], x[1] @ weight.t() + bias, rtol=0.05, atol=60)


def test_it_takes_a_quarter_of_the_memory() -> None:
    assert QuantizedLinear(*weight_and_bias(96, 64), 7, PlainProduct).num_bytes == 96 * 64


@pytest.mark.parametrize("levels", [127, 255])
def test_every_step_is_within_half_of_what_it_stands_for(levels: int) -> None:
    x = np.random.default_rng(0).normal(1, 3, (20, 77)).astype(np.float32)
    x[3], x[4] = np.abs(x[3]), -np.abs(x[4])
    quantised = np.empty(x.shape, np.uint8)
    scales, zeros = np.empty(20, np.float32), np.empty(20, np.float32)
    quantise(x, levels, quantised, scales, zeros)
    assert quantised.max() == levels
    restored = scales[:, None] * (quantised.astype(np.float32) - zeros[:, None])
    # The ends of the span may lie half a step off, since zero has a step of its own.
    assert (np.abs(restored - x) <= 1.01 * scales[:, None]).all()
    assert np.median(np.abs(restored - x) / scales[:, None]) < 0.3


# Edges


def test_rows_and_outputs_of_nothing_but_zeros_give_the_bias() -> None:
    weight, bias = weight_and_bias(64, 32)
    weight[3] = 0
    x = rows(2, 32)
    x[1] = 0
    given = QuantizedLinear(weight, bias, 7, PlainProduct)(x)
    assert torch.equal(given[1], bias)
    assert torch.equal(given[:, 3], bias[3].expand(2))


@pytest.mark.parametrize("spoilt", [torch.nan, torch.inf, -torch.inf])
def test_what_is_no_number_spoils_its_row_and_no_other(spoilt: float) -> None:
    product, x = QuantizedLinear(*weight_and_bias(32, 40), 7, PlainProduct), rows(3, 40)
    x[1, 39] = spoilt
    given = product(x)
    assert given[1].isnan().all()
    assert given[[0, 2]].isfinite().all()


# Where it does not work


class SaturatingProduct(PlainProduct):
    """Adds products two and two in 16 bits, as AVX2 does."""

    def __call__(self, x: Tensor) -> Tensor:
        pairs = x.double()[:, None, :] * self.weight
        return pairs.view(*pairs.shape[:2], -1, 2).sum(-1).clamp(-(2**15), 2**15 - 1).sum(-1).float()


class UnsteadyProduct(PlainProduct):
    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) + (len(x) == 24)


def test_seven_bits_are_taken_where_eight_are_cut_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(quantization, "PackedProduct", SaturatingProduct)
    monkeypatch.setattr(quantization, "TiledProduct", SaturatingProduct)
    monkeypatch.setattr(quantization, "bits_by_flags", lambda: (8, 7))
    assert activation_bits() == 7
    assert "this CPU should multiply 8 bits by 8, but does not" in caplog.text


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx2": True}, (7,)),
        ({"avx2": True, "avx_vnni": True}, (8, 7)),
        ({"avx2": True, "avx512_vnni": True}, (8, 7)),
        ({"amx_int8": True}, (8, 7)),
        ({"sse4_2": True}, ()),
    ],
)
def test_the_cpus_flags_say_what_to_try(
    capabilities: dict[str, bool], expected: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert quantization.bits_by_flags() == expected


def test_a_cpu_without_the_flags_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantization, "bits_by_flags", lambda: ())
    with pytest.raises(QuantizationUnavailable, match="neither AVX2, AVX-512 VNNI nor AMX"):
        activation_bits()


def test_without_the_private_operations_there_are_no_products(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantization, "bits_by_flags", lambda: (8,))
    monkeypatch.setattr(torch.ops, "onednn", object())
    with pytest.raises(QuantizationUnavailable, match="no attribute 'qlinear_prepack'"):
        activation_bits()


def test_a_shape_that_is_multiplied_wrongly_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantization, "TiledProduct", UnsteadyProduct)
    with pytest.raises(QuantizationUnavailable, match="a product of 24 rows is not that of the integers"):
        check_shape(96, 64, 7)


@needs_exact_products
def test_the_worst_case_is_exact_here_and_was_really_tried() -> None:
    weight = torch.full((64, 3072), 127, dtype=torch.int8)
    x = torch.full((3, 3072), 2 ** activation_bits() - 1, dtype=torch.uint8)
    assert fast_product(activation_bits())(weight)(x).eq(127 * x[0, 0].item() * 3072).all()


@pytest.mark.skipif(not torch.cpu.get_capabilities().get("avx2"), reason="this CPU has no AVX2")
@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("shape", [*SHAPES, (17, 5), (15, 4), (16, 64)])
def test_tiles_give_the_sums_of_the_integers(shape: tuple[int, int], num_threads: int) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randint(-127, 128, shape, dtype=torch.int8, generator=generator)
    use_threads(num_threads)
    try:
        for num_rows in (1, 2, 3, 4, 5, 31):
            x = torch.randint(0, 128, (num_rows, shape[1]), dtype=torch.uint8, generator=generator)
            assert torch.equal(TiledProduct(weight)(x), PlainProduct(weight)(x))
    finally:
        use_threads(1)


def test_who_multiplies_eight_bits_leaves_that_to_onednn() -> None:
    assert fast_product(8) is PackedProduct
    assert fast_product(7) is TiledProduct

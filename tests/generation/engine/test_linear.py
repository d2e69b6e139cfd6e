"""Products that are right, the same for a row whatever stands beside it, and plain where nothing better works."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from generation.engine import linear
from generation.engine.linear import (
    PackedLinear,
    PlainLinear,
    has_fast_bfloat16,
    make_linear,
    num_rows_for,
    num_rows_within,
)

SHAPES = [(192, 64), (420, 64), (64, 256), (144, 48), (1024, 256), (8192, 256), (2304, 768), (768, 3072)]


@pytest.fixture(autouse=True)
def _nothing_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear, "_checked", set())


def weight_and_bias(out_features: int, in_features: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(out_features)
    return torch.randn(out_features, in_features, generator=generator), torch.randn(out_features, generator=generator)


def rows(number: int, in_features: int) -> Tensor:
    return torch.randn(number, in_features, generator=torch.Generator().manual_seed(2))


# It works


@pytest.mark.parametrize("shape", SHAPES)
def test_a_product_is_what_it_should_be(shape: tuple[int, int]) -> None:
    weight, bias = weight_and_bias(*shape)
    x = rows(30, shape[1])
    expected = x.double() @ weight.double().t() + bias
    torch.testing.assert_close(make_linear(weight, bias)(x).double(), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("num_threads", [1, 2])
def test_a_row_is_the_same_among_any_others(shape: tuple[int, int], num_threads: int) -> None:
    weight, bias = weight_and_bias(*shape)
    product, x = make_linear(weight, bias), rows(300, shape[1])
    torch.set_num_threads(num_threads)
    try:
        many = product(x)
        assert all(torch.equal(product(x[:size]), many[:size]) for size in (1, 2, 3, 7, 16, 17, 24, 64, 200, 257))
        assert torch.equal(product(x[57:58]), many[57:58])
        assert torch.equal(product(x.flip(0)), many.flip(0))
    finally:
        torch.set_num_threads(1)


def test_a_weight_that_lies_the_other_way_round_gives_the_same() -> None:
    weight, bias = weight_and_bias(96, 64)
    x = rows(5, 64)
    assert torch.equal(make_linear(weight.t().contiguous().t(), bias)(x), make_linear(weight, bias)(x))


def test_a_product_says_what_it_takes() -> None:
    weight, bias = weight_and_bias(96, 64)
    assert make_linear(weight, bias).num_bytes == PlainLinear(weight, bias).num_bytes == 96 * 64 * 4


@pytest.mark.skipif(not has_fast_bfloat16(), reason="this CPU has no bf16 products")
def test_a_prepacked_bfloat16_product_is_the_plain_one() -> None:
    weight, bias = (tensor.bfloat16() for tensor in weight_and_bias(96, 64))
    prepacked, x = make_linear(weight, bias), rows(5, 64)
    assert isinstance(prepacked, PackedLinear)
    torch.testing.assert_close(prepacked(x), PlainLinear(weight, bias)(x), rtol=0.02, atol=0.05)


# Where it does not


def test_without_the_private_operations_the_plain_product_serves(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(torch.ops, "mkldnn", object())
    weight, bias = weight_and_bias(96, 64)
    product, x = make_linear(weight, bias), rows(40, 64)
    assert isinstance(product, PlainLinear)
    assert "weights of (96, 64) are not prepacked, which is slower: 'object' object has no attribute" in caplog.text
    assert all(torch.equal(product(x[:size]), product(x[:16])[:size]) for size in range(1, 16))


class WrongLinear(PackedLinear):
    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) * 1.001


class UnsteadyLinear(PackedLinear):
    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x) * (1 + 1e-7 * (len(x) < 24))


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        (WrongLinear, "the prepacked product is wrong by"),
        (UnsteadyLinear, "a row of the prepacked product depends on the number of rows"),
    ],
)
def test_a_machine_that_fails_the_test_at_the_start_gets_the_plain_product(
    faulty: type[PackedLinear], reason: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(linear, "PackedLinear", faulty)
    for _ in range(2):
        caplog.clear()
        assert isinstance(make_linear(*weight_and_bias(96, 64)), PlainLinear)
        assert reason in caplog.text


def test_products_have_few_different_numbers_of_rows_and_few_rows_too_many() -> None:
    numbers = range(1, 513)
    assert [num_rows_for(number) for number in range(1, 9)] == list(range(1, 9))
    assert all(number <= num_rows_for(number) <= (1.25 if number <= 64 else 1.5) * number for number in numbers)
    assert len({num_rows_for(number) for number in numbers}) < 30


def test_tokens_can_be_left_out_until_no_row_is_too_many() -> None:
    for number in range(1, 513):
        within = num_rows_within(number)
        assert 0.65 * number < within <= number
        assert num_rows_for(within) == within
        assert num_rows_for(within + 1) > number or within == number

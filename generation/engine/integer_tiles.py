"""Products of integers of 8 bits on CPUs with AVX2 and no better, compiled: u8 x s8 to fp32 (of sums of 32 bits).

AVX2 multiplies 32 pairs at once and adds them by fours, in two instructions. A tile of four rows by sixteen outputs
keeps its sums in registers over all inputs, so that each weight that comes from memory serves four rows. oneDNN's own
products take two to six times as long for the few rows of a decode step (docs/performance.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from generation.engine.compiling import Array, compiled

# What one instruction takes: of eight outputs the weights of four inputs each.
OUTPUTS, INPUTS = 8, 4
# A tile has so many times eight outputs.
WIDE = 2

_INT8, _INT32, _INT64 = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BYTES = ir.VectorType(_INT8, OUTPUTS * INPUTS)
_PAIRS = ir.VectorType(ir.IntType(16), OUTPUTS * INPUTS // 2)
_SUMS = ir.VectorType(_INT32, OUTPUTS)
_FLOATS = ir.VectorType(ir.FloatType(), OUTPUTS)
_ONES = ir.Constant(_PAIRS, [1] * _PAIRS.count)
_NOTHING = ir.Constant(_SUMS, [0] * OUTPUTS)


def _make_tile(num_rows: int) -> Any:
    """A function of (x, panel, out) that fills the first `num_rows` rows of `out`, and its first 16 columns."""

    @intrinsic
    def tile(typing: Any, x: Any, panel: Any, out: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            arrays = [
                context.make_array(kind)(context, builder, value)
                for kind, value in zip(signature.args, values, strict=True)
            ]
            _write_tile(builder, num_rows, *arrays)
            return context.get_dummy_value()

        return types.void(x, panel, out), generate

    return tile


def _write_tile(builder: Any, num_rows: int, x: Any, panel: Any, out: Any) -> None:
    """Writes the instructions. The sums' places are nobody else's, so LLVM makes registers of them."""
    places = [
        [cgutils.alloca_once_value(builder, _NOTHING) for _ in range(WIDE)]  # type: ignore[no-untyped-call]
        for _ in range(num_rows)
    ]
    with cgutils.for_range(builder, builder.extract_value(panel.shape, 0)) as loop:
        first = builder.mul(loop.index, _INT64(WIDE))
        weights = [_load(builder, panel.data, _BYTES, builder.add(first, _INT64(block))) for block in range(WIDE)]
        for row, places_of_row in enumerate(places):
            inputs = _spread(builder, _load(builder, _row(builder, x, row), _INT32, loop.index))
            for place, weight in zip(places_of_row, weights, strict=True):
                builder.store(builder.add(builder.load(place), _multiply(builder, inputs, weight)), place)
    for row, places_of_row in enumerate(places):
        for block, place in enumerate(places_of_row):
            target = _pointer(builder, _row(builder, out, row), _FLOATS, _INT64(block))
            builder.store(builder.sitofp(builder.load(place), _FLOATS), target, align=1)


def _multiply(builder: Any, inputs: Any, weights: Any) -> Any:
    """Eight sums of four products each. The first instruction adds by twos in 16 bits and cuts off what has no room."""
    module = builder.module
    by_twos = module.declare_intrinsic("llvm.x86.avx2.pmadd.ub.sw", (), ir.FunctionType(_PAIRS, [_BYTES, _BYTES]))
    by_fours = module.declare_intrinsic("llvm.x86.avx2.pmadd.wd", (), ir.FunctionType(_SUMS, [_PAIRS, _PAIRS]))
    return builder.call(by_fours, [builder.call(by_twos, [inputs, weights]), _ONES])


def _spread(builder: Any, inputs: Any) -> Any:
    """Four inputs, eight times."""
    one = builder.insert_element(_NOTHING, inputs, _INT32(0))
    return builder.bitcast(builder.shuffle_vector(one, _NOTHING, _NOTHING), _BYTES)


def _row(builder: Any, array: Any, row: int) -> Any:
    offset = builder.mul(builder.extract_value(array.strides, 0), _INT64(row))
    return builder.gep(builder.bitcast(array.data, _INT8.as_pointer()), [offset])


def _pointer(builder: Any, start: Any, kind: Any, number: Any) -> Any:
    return builder.gep(builder.bitcast(start, kind.as_pointer()), [number])


def _load(builder: Any, start: Any, kind: Any, number: Any) -> Any:
    return builder.load(_pointer(builder, start, kind, number), align=1)


_tile_of_1, _tile_of_2, _tile_of_3, _tile_of_4 = (_make_tile(num_rows) for num_rows in (1, 2, 3, 4))


def lay_out(weight: Array) -> Array:
    """s8 (out_features, in_features) as tiles read it: (panels, in_features / 4, 2, 8, 4), filled up with zeros."""
    num_panels, num_fours = -(-weight.shape[0] // (WIDE * OUTPUTS)), -(-weight.shape[1] // INPUTS)
    filled = np.zeros((num_panels * WIDE * OUTPUTS, num_fours * INPUTS), np.int8)
    filled[: weight.shape[0], : weight.shape[1]] = weight
    tiles = filled.reshape(num_panels, WIDE, OUTPUTS, num_fours, INPUTS)
    return np.ascontiguousarray(tiles.transpose(0, 3, 1, 2, 4))


@compiled(parallel=True)
def multiply_in_parallel(x: Array, weight: Array, out: Array) -> None:
    for panel in prange(weight.shape[0]):
        _multiply_panel(x, weight[panel], panel * (WIDE * OUTPUTS), out)


@compiled()
def multiply(x: Array, weight: Array, out: Array) -> None:
    """u8 `x` (num_rows, in_features), filled up to fours, by what `lay_out` gave; `out` (num_rows, out_features)."""
    for panel in range(weight.shape[0]):
        _multiply_panel(x, weight[panel], panel * (WIDE * OUTPUTS), out)


@compiled()
def _multiply_panel(x: Array, panel: Array, first: int, out: Array) -> None:
    num_outputs = min(WIDE * OUTPUTS, out.shape[1] - first)
    if num_outputs == WIDE * OUTPUTS:
        _multiply_rows(x, panel, out[:, first:])
        return
    whole = np.empty((x.shape[0], WIDE * OUTPUTS), np.float32)
    _multiply_rows(x, panel, whole)
    out[:, first:] = whole[:, :num_outputs]


@compiled()
def _multiply_rows(x: Array, panel: Array, out: Array) -> None:
    row, num_rows = 0, x.shape[0]
    while row + 4 <= num_rows:
        _tile_of_4(x[row:], panel, out[row:])
        row += 4
    if num_rows - row == 3:
        _tile_of_3(x[row:], panel, out[row:])
    elif num_rows - row == 2:
        _tile_of_2(x[row:], panel, out[row:])
    elif num_rows - row == 1:
        _tile_of_1(x[row:], panel, out[row:])

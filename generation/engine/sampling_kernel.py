"""Draws tokens on the CPU, row by row: no sort, no copy of the probabilities, no more work than the draws need."""

from __future__ import annotations

import numpy
from numpy.typing import NDArray

from generation.engine.compiling import compiled

# Sums are kept per block, so that a draw looks into one block alone.
BLOCK_SIZE = 256

Floats = NDArray[numpy.float32]
Doubles = NDArray[numpy.float64]
Integers = NDArray[numpy.int64]

# Sums may be taken in any order that is the same each time, which is what lets them run in vector registers.
_compiled = compiled(fastmath={"reassoc", "contract", "nsz"})


@_compiled
def draw_rows(probabilities: Floats, top_p: Doubles, min_p: Floats, uniforms: Doubles, token_ids: Integers) -> None:
    """Writes to `token_ids` (num_rows,) a token of each row, -1 where no attempt hit one that the row may take.

    `probabilities` (num_rows, vocab_size); `top_p` and `min_p` (num_rows,); `uniforms` (num_rows, num_attempts).
    """
    for row in range(len(probabilities)):
        token_ids[row] = _draw_row(probabilities[row], top_p[row], min_p[row], uniforms[row])


@_compiled
def _draw_row(probabilities: Floats, top_p: float, min_p: float, uniforms: Doubles) -> int:
    block_sums = numpy.empty((len(probabilities) + BLOCK_SIZE - 1) // BLOCK_SIZE, numpy.float64)
    for block in range(len(block_sums)):
        block_sums[block] = _sum(probabilities[block * BLOCK_SIZE : (block + 1) * BLOCK_SIZE])
    total = block_sums.sum()
    least = min_p * probabilities.max() if min_p > 0 else 0.0
    for uniform in uniforms:
        token_id = _find(probabilities, block_sums, uniform * total)
        own = probabilities[token_id]
        if own > 0 and own >= least and (top_p >= 1 or _sum_above(probabilities, own) < top_p):
            return token_id
    return -1


@_compiled
def _find(probabilities: Floats, block_sums: Doubles, threshold: float) -> int:
    """The token at which the running sum exceeds `threshold`; the last possible one where rounding leaves none."""
    block = 0
    while block < len(block_sums) - 1 and threshold >= block_sums[block]:
        threshold -= block_sums[block]
        block += 1
    last = 0
    for token_id in range(block * BLOCK_SIZE, min(len(probabilities), (block + 1) * BLOCK_SIZE)):
        if probabilities[token_id] > 0:
            last = token_id
            threshold -= probabilities[token_id]
            if threshold < 0:
                return token_id
    return last


@_compiled
def _sum(probabilities: Floats) -> float:
    total = numpy.float64(0)
    for probability in probabilities:
        total += probability
    return total


@_compiled
def _sum_above(probabilities: Floats, least: float) -> float:
    total = numpy.float64(0)
    for probability in probabilities:
        total += probability if probability > least else numpy.float32(0)
    return total

"""Lets the continuations of one request part ways: none follows an earlier one where there is anywhere else to go.

Of three suggestions that are drawn each for itself, two or more usually begin alike. Drawn without replacement the
others keep their proportions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence as Items
from itertools import takewhile

import torch
from torch import Tensor

from generation.engine.model_runner import Rows

# Where the model is as sure as this of what comes next, as of the rest of a half-typed word, all may write it.
SURE = 0.8


def find_earlier_twins(rows: Rows) -> list[list[int]]:
    """For each row the numbers of those before it that are of the same request and have written the same so far.

    At a request's first token rows 0, 1 and 2 have the twins [], [0] and [1, 0]; once they have parted, none. Rows of
    requests that want each continuation drawn for itself have none.
    """
    return [_earlier_twins(rows, number) if row.params.distinct else [] for number, row in enumerate(rows.sequences)]


def keep_apart(logits: Tensor, row: int, taken: Items[int]) -> None:
    """Forbids row `row` the tokens `taken`, unless hardly anything else is probable. Changes `logits` in place."""
    token_ids = torch.tensor(sorted(set(taken)), device=logits.device)
    if logits[row].softmax(-1)[token_ids].sum() < SURE:
        logits[row, token_ids] = -math.inf


def _earlier_twins(rows: Rows, number: int) -> list[int]:
    # A request's rows lie side by side, in the order of its continuations.
    group, sequence = rows.groups[number], rows.sequences[number]
    earlier = takewhile(lambda other: rows.groups[other] is group, range(number - 1, -1, -1))
    return [other for other in earlier if rows.sequences[other].is_like(sequence)]

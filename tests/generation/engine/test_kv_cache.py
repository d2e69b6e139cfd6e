"""The arena lends what is free, and nothing twice."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
import torch

from generation.engine.kv_cache import ALIGNMENT, Arena, Cells, CellShape, Range, num_shared

SHAPE = CellShape(num_layers=2, num_heads=3, head_size=4, dtype=torch.float32)


def make_arena(num_lines: int) -> Arena:
    return Arena(num_lines * ALIGNMENT, torch.device("cpu"))


def make_cells(arena: Arena, capacity: int) -> Cells:
    return Cells(arena, arena.lend(capacity * SHAPE.num_bytes), SHAPE, capacity)


@pytest.mark.parametrize("seed", range(5))
def test_ranges_never_overlap_and_all_comes_back(seed: int) -> None:
    chance = random.Random(seed)
    arena = make_arena(40)
    lent: list[Range] = []
    for _ in range(500):
        if lent and chance.random() < 0.5:
            arena.free(lent.pop(chance.randrange(len(lent))))
        elif taken := arena.take(chance.randint(1, 6 * ALIGNMENT)):
            lent.append(taken)
        places = sorted((each.start, each.start + each.size) for each in lent)
        assert all(end <= start for (_, end), (start, _) in pairwise(places))
        assert all(start >= 0 and end <= arena.budget and start % ALIGNMENT == 0 for start, end in places)
        assert arena.num_bytes == sum(each.size for each in lent)
    for each in lent:
        arena.free(each)
    assert arena.take(arena.budget) == Range(0, arena.budget)


def test_what_is_taken_is_not_lent_again() -> None:
    arena = make_arena(3)
    first, second, third = (arena.lend(ALIGNMENT) for _ in range(3))
    assert arena.take(1) is None
    arena.free(first)
    arena.free(third)
    assert arena.take(2 * ALIGNMENT) is None
    arena.free(second)
    assert arena.take(3 * ALIGNMENT) == Range(0, 3 * ALIGNMENT)


def test_the_lowest_place_is_lent_first() -> None:
    arena = make_arena(4)
    ranges = [arena.lend(ALIGNMENT) for _ in range(4)]
    arena.free(ranges[2])
    arena.free(ranges[1])
    assert arena.take(1) == ranges[1]


def test_cells_are_copied_layer_by_layer_and_head_by_head() -> None:
    arena = make_arena(400)
    source, target = make_cells(arena, 16), make_cells(arena, 32)
    source.keys.copy_(torch.randn(source.keys.shape))
    source.values.copy_(torch.randn(source.values.shape))
    target.keys.zero_()
    target.values.zero_()
    target.copy_from(source, at=20, start=3, size=5)
    assert torch.equal(target.keys[..., 20:25], source.keys[..., 3:8])
    assert torch.equal(target.values[..., 20:25, :], source.values[..., 3:8, :])
    assert not target.keys[..., :20].any()
    assert not target.keys[..., 25:].any()
    assert not target.values[..., :20, :].any()
    assert not target.values[..., 25:, :].any()


def test_what_two_texts_share_ends_where_they_differ_or_one_ends() -> None:
    assert num_shared([1, 2, 3], [1, 2, 4]) == 2
    assert num_shared([1, 2], [1, 2, 3]) == num_shared([1, 2, 3], [1, 2]) == 2
    assert num_shared([], [1]) == 0

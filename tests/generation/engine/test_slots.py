"""Who gets which slot, and who has to go."""

from __future__ import annotations

from pathlib import Path

import pytest

from generation.engine.model import GPT2
from generation.engine.slots import CELLS_PER_STEP, SlotPool
from tests.generation.engine.test_model import load

TOKENS = [1, 2, 3, 4, 5]


@pytest.fixture
def model(checkpoint_folder: Path) -> GPT2:
    return load(checkpoint_folder)


@pytest.fixture
def slot_bytes(model: GPT2) -> int:
    return 2 * model.shape.num_layers * model.shape.width * CELLS_PER_STEP * 4


def test_a_session_finds_its_slot_again(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    first = pool.acquire(model, "a", TOKENS, 10, max_reused=4)
    assert first is not None
    assert first.token_ids == []
    first.token_ids = list(TOKENS)
    pool.release(first)
    again = pool.acquire(model, "a", [1, 2, 3, 9], 10, max_reused=3)
    assert again is first
    assert again.token_ids == [1, 2, 3]
    assert pool.num_bytes == slot_bytes


def test_no_more_is_reused_than_allowed(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    slot = pool.acquire(model, "a", TOKENS, 10, max_reused=4)
    assert slot is not None
    slot.token_ids = list(TOKENS)
    pool.release(slot)
    again = pool.acquire(model, "a", TOKENS, 10, max_reused=2)
    assert again is not None
    assert again.token_ids == [1, 2]


def test_a_taken_slot_is_copied_and_not_touched(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    first = pool.acquire(model, "a", TOKENS, 10, max_reused=4)
    assert first is not None
    first.token_ids = list(TOKENS)
    first.kv.fill_(1.0)
    second = pool.acquire(model, "a", [1, 2, 9], 10, max_reused=2)
    assert second is not None
    assert second is not first
    assert (first.token_ids, second.token_ids) == (TOKENS, [1, 2])
    assert (second.kv[:, :, :, :2] == 1).all()
    second.kv.fill_(2.0)
    assert (first.kv == 1).all()


def test_a_text_that_outgrows_its_slot_takes_its_tokens_along(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    small = pool.acquire(model, "a", TOKENS, 10, max_reused=4)
    assert small is not None
    small.token_ids = list(TOKENS)
    small.kv.fill_(1.0)
    pool.release(small)
    large = pool.acquire(model, "a", TOKENS, CELLS_PER_STEP + 1, max_reused=4)
    assert large is not None
    assert large.num_cells == 2 * CELLS_PER_STEP
    assert large.token_ids == [1, 2, 3, 4]
    assert (large.kv[:, :, :, :4] == 1).all()
    assert pool.num_bytes == 2 * slot_bytes


def test_the_least_recently_released_goes_first(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    slots = {session: pool.acquire(model, session, TOKENS, 10, max_reused=4) for session in ("a", "b")}
    for session in ("b", "a"):
        slot = slots[session]
        assert slot is not None
        slot.token_ids = list(TOKENS)
        pool.release(slot)
    assert pool.acquire(model, "c", TOKENS, 10, max_reused=4) is not None
    kept = pool.acquire(model, "a", TOKENS, 10, max_reused=4)
    assert kept is slots["a"]
    assert pool.num_bytes == 2 * slot_bytes


def test_taken_slots_never_go(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    slot = pool.acquire(model, "a", TOKENS, 10, max_reused=4)
    assert slot is not None
    assert pool.acquire(model, "b", TOKENS, 10, max_reused=4) is None
    pool.release(slot)
    assert pool.acquire(model, "b", TOKENS, 10, max_reused=4) is not None


def test_a_model_that_goes_takes_its_free_slots_along(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    slot = pool.acquire(model, "a", TOKENS, 10, max_reused=4)
    assert slot is not None
    pool.forget(model)
    assert pool.num_bytes == slot_bytes
    pool.release(slot)
    pool.forget(model)
    assert pool.num_bytes == 0

"""Who gets which slot, what it still holds, and who has to go."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from generation.engine.model import GPT2
from generation.engine.slot import MAX_LOGITS, Branch, Lease, Slot, Wanted
from generation.engine.slots import CELLS_PER_STEP, SlotPool
from tests.generation.engine.test_model import load

TOKENS = [1, 2, 3, 4, 5]


@pytest.fixture(scope="module")
def model(checkpoint_folder: Path) -> GPT2:
    return load(checkpoint_folder)


@pytest.fixture(scope="module")
def slot_bytes(model: GPT2) -> int:
    """What a slot and the cells of one short continuation take."""
    return (CELLS_PER_STEP + 16) * model.cell_shape.num_bytes + MAX_LOGITS * model.shape.vocab_size * 4


def wanted(session: str, token_ids: list[int], num_committed: int = 0, num_rows: int = 1) -> Wanted:
    """All tokens are committed where nothing is said."""
    return Wanted(session, token_ids, num_committed or len(token_ids), num_rows, num_own=10)


def acquire(pool: SlotPool, model: GPT2, session: str, token_ids: list[int], num_committed: int = 0) -> Lease:
    lease = pool.acquire(model, wanted(session, token_ids, num_committed))
    assert lease is not None
    return lease


def read(lease: Lease, token_ids: list[int], num_committed: int = 0, logits: int = 0) -> Slot:
    """As if the model had read the prompt: each cell holds its token's number."""
    slot = lease.slot
    write(slot, token_ids, len(slot.token_ids))
    if logits:
        slot.keep_logits(len(token_ids) - logits, torch.zeros(logits, slot.owner.shape.vocab_size))
    lease.stop_reading(num_committed or len(token_ids))
    return slot


def write(slot: Slot, token_ids: list[int], start: int) -> None:
    for position in range(start, len(token_ids)):
        slot.cells.keys[..., position] = token_ids[position]
        slot.cells.values[..., position, :] = token_ids[position]
    slot.token_ids = list(token_ids)


def holds_its_tokens(slot: Slot) -> bool:
    size = len(slot.token_ids)
    tokens = torch.tensor(slot.token_ids, dtype=torch.float32)
    keys, values = slot.cells.keys[..., :size], slot.cells.values[..., :size, :]
    return bool((keys == tokens).all()) and bool((values == tokens[:, None]).all())


# Reuse


def test_a_session_finds_its_slot_again(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    lease = acquire(pool, model, "a", TOKENS)
    assert lease.slot.token_ids == []
    slot = read(lease, TOKENS)
    pool.release(lease)
    again = acquire(pool, model, "a", [1, 2, 3, 9, 9])
    assert again.slot is slot
    assert slot.token_ids == [1, 2, 3]


def test_a_token_whose_logits_were_not_kept_is_read_again(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    lease = acquire(pool, model, "a", TOKENS)
    read(lease, TOKENS)
    pool.release(lease)
    assert acquire(pool, model, "a", TOKENS).slot.token_ids == [1, 2, 3, 4]


def test_with_its_logits_kept_nothing_is_left_to_read(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    lease = acquire(pool, model, "a", TOKENS, num_committed=4)
    slot = read(lease, TOKENS, num_committed=4, logits=2)
    pool.release(lease)
    again = acquire(pool, model, "a", TOKENS, num_committed=4)
    assert again.slot.token_ids == TOKENS
    assert len(slot.logits_from(3)) == 2


def test_logits_after_another_token_are_forgotten(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    lease = acquire(pool, model, "a", TOKENS, num_committed=4)
    slot = read(lease, TOKENS, num_committed=4, logits=2)
    pool.release(lease)
    again = acquire(pool, model, "a", [1, 2, 3, 4, 9], num_committed=4)
    assert again.slot.token_ids == [1, 2, 3, 4]
    assert len(slot.logits_from(3)) == 1
    assert len(slot.logits_from(2)) == len(slot.logits_from(5)) == 0


def test_accepted_text_is_not_read_again(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    lease = acquire(pool, model, "a", TOKENS)
    read(lease, TOKENS)
    own = lease.own[0]
    for place, token in enumerate((6, 7, 8)):
        own.keys[..., place] = own.values[..., place, :] = token
    pool.release(lease, [Branch(5, [6, 7, 8], own)])
    again = acquire(pool, model, "a", [*TOKENS, 6, 7, 9, 9])
    assert again.slot.token_ids == [*TOKENS, 6, 7]
    assert holds_its_tokens(again.slot)


def test_a_text_that_outgrows_its_slot_takes_its_tokens_along(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(3 * slot_bytes)
    lease = acquire(pool, model, "a", TOKENS)
    small = read(lease, TOKENS, logits=1)
    pool.release(lease)
    large = acquire(pool, model, "a", [*TOKENS, *range(300)], num_committed=5).slot
    assert large is not small
    assert large.token_ids == TOKENS
    assert holds_its_tokens(large)
    assert len(large.logits_from(4)) == 1


# Beside running requests


def test_a_request_that_goes_on_from_a_running_one_joins_its_slot(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    first = acquire(pool, model, "a", TOKENS, num_committed=3)
    slot = read(first, TOKENS, num_committed=3, logits=3)
    second = acquire(pool, model, "a", [1, 2, 3, 9], num_committed=3)
    assert second.slot is slot
    assert slot.token_ids == [1, 2, 3]
    pool.release(first)
    assert slot.is_taken


def test_a_request_that_diverges_from_a_running_one_gets_a_copy(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(3 * slot_bytes)
    first = acquire(pool, model, "a", TOKENS)
    slot = read(first, TOKENS)
    second = acquire(pool, model, "a", [1, 2, 9])
    assert second.slot is not slot
    assert (slot.token_ids, second.slot.token_ids) == (TOKENS, [1, 2])
    write(second.slot, [1, 2, 9], 2)
    assert holds_its_tokens(slot)
    assert holds_its_tokens(second.slot)


def test_nobody_joins_a_slot_that_is_being_read_into(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(3 * slot_bytes)
    first = acquire(pool, model, "a", TOKENS)
    write(first.slot, TOKENS[:2], 0)
    second = acquire(pool, model, "a", TOKENS)
    assert second.slot is not first.slot
    assert second.slot.token_ids == [1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_no_running_request_ever_sees_its_prompt_change(model: GPT2, slot_bytes: int, seed: int) -> None:
    """Random requests of a few sessions under a small budget; each looks at its cells until it ends."""
    chance = random.Random(seed)
    pool = SlotPool(6 * slot_bytes)
    running: list[tuple[Lease, list[int]]] = []
    for _ in range(300):
        for lease, token_ids in running:
            assert (lease.slot.cells.keys[0, 0, 0, : len(token_ids)] == torch.tensor(token_ids)).all()
        if running and chance.random() < 0.5:
            lease, token_ids = running.pop(chance.randrange(len(running)))
            own = [chance.randrange(3) for _ in range(chance.randrange(6))]
            for place, token in enumerate(own):
                lease.own[0].keys[..., place] = lease.own[0].values[..., place, :] = token
            pool.release(lease, [Branch(len(token_ids), own, lease.own[0])] if own else [])
            continue
        prompt = [chance.randrange(3) for _ in range(chance.choice((3, 5, 8, 250)))]
        num_committed = chance.randint(1, len(prompt))
        taken = pool.acquire(model, wanted(chance.choice("ab"), prompt, num_committed))
        if taken is None:
            assert running
            continue
        assert holds_its_tokens(taken.slot)
        assert taken.slot.token_ids == prompt[: len(taken.slot.token_ids)]
        read(taken, prompt, num_committed, logits=chance.randint(0, len(prompt)))
        running.append((taken, prompt[:num_committed]))
    for lease, _ in running:
        pool.release(lease)
    pool.forget(model)
    assert pool.arena.num_bytes == 0


# Who has to go


def test_the_least_recently_released_goes_first(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    leases = {session: acquire(pool, model, session, TOKENS) for session in ("a", "b")}
    for session in ("b", "a"):
        read(leases[session], TOKENS)
        pool.release(leases[session])
    pool.release(acquire(pool, model, "c", TOKENS))
    assert acquire(pool, model, "a", TOKENS).slot is leases["a"].slot


def test_taken_slots_never_go(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    lease = acquire(pool, model, "a", TOKENS)
    assert pool.acquire(model, wanted("b", TOKENS)) is None
    assert pool.arena.num_bytes == slot_bytes
    pool.release(lease)
    assert pool.acquire(model, wanted("b", TOKENS)) is not None


def leave_a_branch(pool: SlotPool, model: GPT2, session: str) -> Lease:
    """Of a running request, on whose slot another one has ended and left its token."""
    ended = acquire(pool, model, session, TOKENS)
    read(ended, TOKENS, logits=1)
    running = acquire(pool, model, session, TOKENS)
    running.stop_reading(len(TOKENS))
    pool.release(ended, [Branch(len(TOKENS), [6], ended.own[0])])
    assert running.slot.branches
    return running


def test_what_ended_requests_left_on_a_taken_slot_goes_before_anybody_waits(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(2 * slot_bytes)
    running = leave_a_branch(pool, model, "a")
    assert pool.num_free_bytes == slot_bytes
    assert pool.acquire(model, wanted("b", TOKENS)) is not None
    assert pool.num_free_bytes == 0
    assert running.slot.token_ids == TOKENS
    assert holds_its_tokens(running.slot)


def test_free_slots_go_before_branches_and_old_branches_before_new(model: GPT2, slot_bytes: int) -> None:
    own_bytes = 16 * model.cell_shape.num_bytes
    pool = SlotPool(3 * slot_bytes + 2 * own_bytes)
    old, new = (leave_a_branch(pool, model, session).slot for session in ("old", "new"))

    def num_branches() -> list[int]:
        return [len(slot.branches) for slot in (old, new)]

    pool.release(acquire(pool, model, "free", TOKENS))
    read(acquire(pool, model, "b", TOKENS), TOKENS, logits=1)
    assert num_branches() == [1, 1]
    for left in ([0, 1], [0, 0]):
        acquire(pool, model, "b", TOKENS).stop_reading(len(TOKENS))
        assert num_branches() == left
    assert pool.acquire(model, wanted("b", TOKENS)) is None


def test_the_askers_own_branches_go_last(model: GPT2, slot_bytes: int) -> None:
    own_bytes = 16 * model.cell_shape.num_bytes
    pool = SlotPool(2 * slot_bytes + 2 * own_bytes)
    mine, other = (leave_a_branch(pool, model, session).slot for session in ("mine", "other"))
    assert pool.acquire(model, wanted("mine", [*TOKENS, 6, 9])) is not None
    assert other.branches == []
    assert mine.token_ids == [*TOKENS, 6]


def test_what_could_never_be_held_is_known_before(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    assert pool.could_ever_hold(model, wanted("a", TOKENS))
    assert not pool.could_ever_hold(model, wanted("a", TOKENS, num_rows=2))


def test_a_model_that_goes_takes_its_free_slots_along(model: GPT2, slot_bytes: int) -> None:
    pool = SlotPool(slot_bytes)
    lease = acquire(pool, model, "a", TOKENS)
    pool.forget(model)
    assert pool.arena.num_bytes == slot_bytes
    pool.release(lease, [Branch(5, [6], lease.own[0])])
    pool.forget(model)
    assert pool.arena.num_bytes == 0

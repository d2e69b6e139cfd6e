"""A continuation depends on its request alone: not on who is decoded beside it, on what was kept of earlier requests,
on the pieces that prompts are read in, nor on who is called off.

NUM_MIXES=10000 asks for more mixes than the few hundred of a usual run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch

from generation.checkpoints import Checkpoint
from generation.config import Dtype, EngineConfig
from generation.engine.compiling import max_threads
from generation.engine.dtypes import why_no_int8
from generation.engine.threads import kernel_threads, use_threads
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver

NUM_MIXES = int(os.environ.get("NUM_MIXES", "150"))
NUM_FAMILIES = 10
# Engines that read in different pieces, have different room, and stop at different numbers of rows.
SETTINGS: list[dict[str, int]] = [
    {"prefill_chunk": 64, "memory_budget": 2 * 2**20},
    {"prefill_chunk": 100, "memory_budget": 16 * 2**20, "max_running": 7},
    {"prefill_chunk": 512, "memory_budget": 64 * 2**20},
]
# A slot of the wide model takes 3 MiB, so these have room for a few requests at once.
WIDE_SETTINGS = {"prefill_chunk": 100, "memory_budget": 24 * 2**20, "max_running": 7, "num_threads": 2}
NUM_WIDE_MIXES = 10
NUM_WIDE_FAMILIES = 3
Tokens = list[list[int]]


@dataclass
class Target:
    """A question whose answer is known: it was asked alone."""

    prompt: str
    params: dict[str, Any]
    expected: Tokens = field(default_factory=list)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_a_random_mix_changes_no_token(checkpoint_folder: Path, dtype: Dtype) -> None:
    _skip_without(dtype)
    chance = random.Random(f"{dtype} {NUM_MIXES}")
    families = _make_families(chance, NUM_FAMILIES, _open(checkpoint_folder, dtype))
    num_mixes = NUM_MIXES // len(SETTINGS)
    drivers = (_open(checkpoint_folder, dtype, **settings) for settings in SETTINGS)
    num_right = sum(Mixer(driver, chance, families).mix_often(num_mixes) for driver in drivers)
    assert num_right >= num_mixes * len(SETTINGS)


@pytest.mark.parametrize("dtype", ["float32", "int8"])
def test_a_random_mix_changes_no_token_of_a_wide_model_on_two_threads(wide_folder: Path, dtype: Dtype) -> None:
    """Of GPT-2's width: products and attention are divided among threads, and among more blocks."""
    _skip_without(dtype)
    chance = random.Random(f"wide {dtype}")
    families = _make_families(chance, NUM_WIDE_FAMILIES, _open(wide_folder, dtype, num_threads=2))
    driver = _open(wide_folder, dtype, **WIDE_SETTINGS)
    assert Mixer(driver, chance, families).mix_often(NUM_WIDE_MIXES) >= NUM_WIDE_MIXES
    assert kernel_threads() == min(2, max_threads())


@pytest.fixture
def wide_folder(make_checkpoint: Callable[..., Path]) -> Iterator[Path]:
    yield make_checkpoint(n_embd=768, n_head=12, initializer_range=0.05)
    use_threads(1)


class Mixer:
    """Keeps an engine busy with questions, most of them somebody else's, and holds the targets' answers to be right."""

    def __init__(self, driver: Driver, chance: random.Random, families: list[list[Target]]) -> None:
        self.driver = driver
        self.chance = chance
        self.families = families
        self.asked: dict[str, Target] = {}
        self.num_right = 0
        self.num_sessions = 0

    def mix(self) -> None:
        """Submits a session's targets among neighbours, takes some steps, looks at what has ended."""
        neighbours = [self._submit_neighbour() for _ in range(self.chance.randint(0, 4))]
        self._submit_session()
        self._step(self.chance.randint(0, 12))
        if self.chance.random() < 0.5:
            for request_id in neighbours:
                self.driver.engine.cancel(request_id)
        if self.chance.random() < 0.1:
            self._call_off_targets()
        self._check()

    def mix_often(self, num_mixes: int) -> int:
        """Returns how many targets were answered, each of them rightly."""
        for _ in range(num_mixes):
            self.mix()
        self.driver.run()
        self._check()
        assert not self.asked
        return self.num_right

    def _submit_neighbour(self) -> str:
        place = self.chance.randrange(len(TRAINING_TEXT) - 300)
        prompt = TRAINING_TEXT[place : place + self.chance.choice([0, 3, 30, 300])]
        rows, length = self.chance.randint(1, 5), self.chance.randint(1, 20)
        return self._submit(prompt, seed=self.chance.randrange(99), num_continuations=rows, max_new_tokens=length)

    def _submit_session(self) -> None:
        """One to three questions of a session, that share beginnings; the older may still run, or be called off."""
        session = self._new_session()
        family = self.chance.choice(self.families)
        for number, target in enumerate(self.chance.sample(family, self.chance.randint(1, 3))):
            request_id = self.driver.submit(target.prompt, f"{session}:{number}", **target.params)
            self.asked[request_id] = target
            self._step(self.chance.randint(0, 8))
            self._check()
            if request_id in self.asked and self.chance.random() < 0.2:
                self.driver.engine.cancel(request_id)
                del self.asked[request_id]

    def _call_off_targets(self) -> None:
        """All at once; each is asked again and must then be answered as if nothing had been."""
        again = list(self.asked.items())
        self.asked.clear()
        for request_id, target in again:
            self.driver.engine.cancel(request_id)
            repeated = self.driver.submit(target.prompt, request_id + "0", **target.params)
            self.asked[repeated] = target

    def _check(self) -> None:
        for request_id, target in list(self.asked.items()):
            if len(self.driver.finished(request_id)) == len(target.expected):
                assert self.driver.token_ids(request_id) == target.expected, (request_id, target)
                del self.asked[request_id]
                self.num_right += 1
        # What has ended is of no more use here, and ten thousand mixes have many events.
        if not self.asked:
            self.driver.events.clear()

    def _step(self, num_steps: int) -> None:
        for _ in range(num_steps):
            self.driver.engine.step()

    def _submit(self, prompt: str, **params: Any) -> str:
        return self.driver.submit(prompt, f"{self._new_session()}:1", **params)

    def _new_session(self) -> str:
        self.num_sessions += 1
        # So that the queue never fills up.
        while self.driver.engine.loaded()["tiny"].num_waiting > 30:
            self.driver.engine.step()
        return f"session-{self.num_sessions}"


def _skip_without(dtype: Dtype) -> None:
    if dtype == "int8" and (reason := why_no_int8(torch.device("cpu"))):
        pytest.skip(f"this machine cannot serve in int8: {reason}")


def _make_families(chance: random.Random, number: int, alone: Driver) -> list[list[Target]]:
    """With the answers that `alone` gives to one question after the other."""
    families = [_make_family(chance) for _ in range(number)]
    for target in chain(*families):
        target.expected = _ask_alone(alone, target)
    assert len({str(target.expected) for target in chain(*families)}) > 2 * number
    return families


def _make_family(chance: random.Random) -> list[Target]:
    """A prompt, one that goes on where it ends, and one that goes another way somewhere."""
    start = chance.randrange(len(TRAINING_TEXT) - 400)
    prompt = TRAINING_TEXT[start : start + chance.choice([2, 11, 40, 150, 380])]
    longer = prompt + TRAINING_TEXT[start + len(prompt) :][: chance.randint(1, 20)]
    other = prompt[: chance.randrange(len(prompt))] + " and the other way, to the sea"[: chance.randint(1, 30)]
    return [Target(text, _make_params(chance)) for text in (prompt, longer, other)]


def _make_params(chance: random.Random) -> dict[str, Any]:
    return {
        "seed": chance.randrange(1000),
        "num_continuations": chance.randint(1, 4),
        "max_new_tokens": chance.randint(1, 16),
        "temperature": chance.choice([0.0, 0.7, 1.0, 1.3]),
        "top_k": chance.choice([0, 0, 5, 50]),
        "top_p": chance.choice([0.5, 0.9, 1.0]),
        "min_p": chance.choice([0.0, 0.0, 0.05]),
        "repetition_penalty": chance.choice([1.0, 1.3]),
        "frequency_penalty": chance.choice([0.0, 0.5]),
        "distinct": chance.choice([False, True]),
    }


def _open(folder: Path, dtype: Dtype, **settings: Any) -> Driver:
    driver = Driver(EngineConfig(models_dir=folder.parent, **settings))
    driver.engine.load(Checkpoint("tiny", f"folder:{folder.name}", dtype=dtype))
    assert driver.engine.loaded()["tiny"].dtype == dtype
    return driver


def _ask_alone(driver: Driver, target: Target) -> Tokens:
    request_id = driver.submit(target.prompt, **target.params)
    driver.run()
    return driver.token_ids(request_id)

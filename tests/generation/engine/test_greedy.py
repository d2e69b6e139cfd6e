"""Greedy tokens are those of transformers over 200 steps, whatever else the engine does and has done."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from transformers import GPT2LMHeadModel

from generation.engine.window import visible_tail
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver
from tests.generation.engine.oracle import Oracle

CONTEXT_LENGTH = 512
NUM_TOKENS = 200
PROMPTS = ["", "It was", "The cat sat on the ", "“What is it?” said Al", "She had been sitting\n\n", "猫が好"]
WORDS = " ".join(random.Random(1).choices(TRAINING_TEXT.split(), k=500))


@pytest.fixture(scope="module")
def folder(make_checkpoint: Callable[..., Path]) -> Path:
    """Weights so far apart that no text goes in circles, and an `<|endoftext|>` that is never the likeliest."""
    folder = make_checkpoint(seed=4, n_positions=CONTEXT_LENGTH, initializer_range=0.4)
    model = GPT2LMHeadModel.from_pretrained(folder)
    model.transformer.wte.weight.data[0] *= 0.1
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(folder: Path) -> GPT2LMHeadModel:
    return GPT2LMHeadModel.from_pretrained(folder).eval()


@pytest.fixture(scope="module")
def oracle(folder: Path, model: GPT2LMHeadModel) -> Oracle:
    return Oracle.of(folder, model)


@pytest.fixture
def driver(make_driver: Callable[..., Driver], folder: Path) -> Driver:
    return make_driver(folder)


def ask(driver: Driver, prompt: str, request_id: str = "") -> str:
    return driver.submit(prompt, request_id, temperature=0, max_new_tokens=NUM_TOKENS)


def ask_and_check(driver: Driver, oracle: Oracle, prompt: str, request_id: str = "") -> str:
    """Returns the text."""
    request_id = ask(driver, prompt, request_id)
    driver.run()
    check(driver, oracle, {request_id: prompt})
    return driver.texts(request_id)[0]


def check(driver: Driver, oracle: Oracle, prompts: dict[str, str]) -> None:
    for request_id, prompt in prompts.items():
        [token_ids] = driver.token_ids(request_id)
        assert len(token_ids) == NUM_TOKENS
        assert token_ids == oracle.likeliest(prompt, token_ids, max_new_tokens=NUM_TOKENS)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_without_healing_they_are_those_of_generate(
    driver: Driver, oracle: Oracle, model: GPT2LMHeadModel, prompt: str
) -> None:
    start = torch.tensor([[oracle.tokenizer.end_of_text, *oracle.tokenizer.encode(prompt)]])
    mask = torch.ones_like(start)
    with torch.inference_mode():
        output = model.generate(start, attention_mask=mask, max_new_tokens=NUM_TOKENS, do_sample=False, pad_token_id=0)
    request_id = driver.submit(prompt, temperature=0, max_new_tokens=NUM_TOKENS, heal=False)
    driver.run()
    assert driver.token_ids(request_id) == output[:, start.shape[1] :].tolist()


def test_alone(driver: Driver, oracle: Oracle) -> None:
    for prompt in PROMPTS:
        ask_and_check(driver, oracle, prompt)


def test_beside_others_that_come_and_go(driver: Driver, oracle: Oracle) -> None:
    chance = random.Random(2)
    asked: dict[str, str] = {}
    for prompt in PROMPTS:
        asked[ask(driver, prompt)] = prompt
        for _ in range(3):
            driver.submit(
                WORDS[: chance.randint(0, 900)], seed=chance.randrange(99), max_new_tokens=chance.randint(1, 60)
            )
            driver.engine.step()
    driver.run()
    check(driver, oracle, asked)


def test_when_the_session_asks_again_and_goes_on(driver: Driver, oracle: Oracle) -> None:
    prompt = WORDS[:300]
    text = ask_and_check(driver, oracle, prompt, "typist:0")
    assert ask_and_check(driver, oracle, prompt, "typist:1") == text
    for number, accepted in enumerate((text[:10], text[: len(text) // 2], text, text + " and"), start=2):
        ask_and_check(driver, oracle, prompt + accepted, f"typist:{number}")


def test_in_and_after_a_storm_of_cancels(driver: Driver, oracle: Oracle) -> None:
    chance = random.Random(3)
    asked: dict[str, str] = {}
    storm: list[str] = []
    for number in range(60):
        prompt = WORDS[: chance.randint(1, 900)]
        request_id = ask(driver, prompt, f"typist-{number % 8}:{number}")
        if number % 10 == 9:
            asked[request_id] = prompt
        else:
            storm.append(request_id)
        for _ in range(chance.randint(0, 4)):
            driver.engine.step()
        while storm and chance.random() < 0.6:
            driver.engine.cancel(storm.pop(chance.randrange(len(storm))))
    for request_id in storm:
        driver.engine.cancel(request_id)
    for typist in range(8):
        asked[ask(driver, WORDS[: 100 * typist], f"typist-{typist}:after")] = WORDS[: 100 * typist]
    driver.run()
    check(driver, oracle, asked)


def test_while_the_window_slides(driver: Driver, oracle: Oracle) -> None:
    prompts = [WORDS[:end] for end in range(600, 1900, 145)]
    for number, prompt in enumerate(prompts):
        ask_and_check(driver, oracle, prompt, f"typist:{number}")
    tails = [visible_tail(prompt, oracle.tokenizer, CONTEXT_LENGTH - 1 - NUM_TOKENS) for prompt in prompts]
    places = {len(prompt) - len(tail) for prompt, tail in zip(prompts, tails, strict=True)}
    assert 3 <= len(places) < len(prompts)

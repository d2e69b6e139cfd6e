"""With parity a request gets, token for token, what transformers' own pipeline gives."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import pipeline, set_seed

from generation.errors import InvalidParams
from generation.messages import GenerationRequest, SamplingParams, TransformersCall
from tests.generation.driver import Driver

PROMPT = "The cat sat on"


def expected_tokens(folder: Path, prompt: str, call: TransformersCall) -> list[list[int]]:
    """The new tokens of the pipeline's sequences, up to and with the first that ends the text."""
    generate = pipeline("text-generation", model=str(folder))
    set_seed(call.seed)
    results = generate(prompt, return_tensors=True, **call.given())
    start = len(generate.tokenizer(prompt)["input_ids"])
    return [_until_end(result["generated_token_ids"][start:]) for result in results]


def _until_end(token_ids: list[int]) -> list[int]:
    return token_ids[: token_ids.index(0) + 1] if 0 in token_ids else token_ids


def submit(driver: Driver, prompt: str, call: TransformersCall) -> str:
    request_id = f"parity-{time.monotonic_ns()}:1"
    request = GenerationRequest(
        request_id, "tiny", prompt, SamplingParams(max_time_ms=3_600_000), driver.now + 3600, parity=call
    )
    driver.engine.submit(request, driver.events[request_id].append)
    return request_id


def write_generation_config(folder: Path, **settings: Any) -> None:
    defaults = {"bos_token_id": 0, "eos_token_id": 0}
    (folder / "generation_config.json").write_text(json.dumps({**defaults, **settings}))


@pytest.mark.parametrize(
    "call",
    [
        TransformersCall(42, num_return_sequences=5, max_length=30),
        TransformersCall(7, max_new_tokens=25),
        TransformersCall(3, num_return_sequences=3, max_new_tokens=60, temperature=1.5, top_k=0, top_p=0.8),
        TransformersCall(0, max_new_tokens=20, do_sample=False, repetition_penalty=1.3),
        TransformersCall(1, num_return_sequences=2, max_new_tokens=12, repetition_penalty=1.2, top_k=7),
    ],
)
def test_the_tokens_are_those_of_the_pipeline(driver: Driver, checkpoint_folder: Path, call: TransformersCall) -> None:
    request_id = submit(driver, PROMPT, call)
    driver.run()
    assert driver.token_ids(request_id) == expected_tokens(checkpoint_folder, PROMPT, call)


def test_sequences_that_end_early_do_not_shift_the_others_draws(driver: Driver, checkpoint_folder: Path) -> None:
    call = TransformersCall(5, num_return_sequences=12, max_new_tokens=80, temperature=3.0, top_k=0)
    expected = expected_tokens(checkpoint_folder, PROMPT, call)
    assert len({len(token_ids) for token_ids in expected}) > 2, "the case needs sequences of several lengths"
    request_id = submit(driver, PROMPT, call)
    driver.run()
    assert driver.token_ids(request_id) == expected


def test_the_checkpoints_own_defaults_count(
    make_checkpoint: Callable[..., Path], make_driver: Callable[..., Driver]
) -> None:
    folder = make_checkpoint()
    write_generation_config(folder, do_sample=True, temperature=1.7, top_k=9, max_length=24)
    driver = make_driver(folder)
    call = TransformersCall(11, num_return_sequences=3)
    request_id = submit(driver, PROMPT, call)
    driver.run()
    assert driver.token_ids(request_id) == expected_tokens(folder, PROMPT, call)


def test_a_number_of_sequences_that_only_the_checkpoint_knows_is_refused(
    make_checkpoint: Callable[..., Path], make_driver: Callable[..., Driver]
) -> None:
    folder = make_checkpoint()
    write_generation_config(folder, do_sample=True, num_return_sequences=3)
    driver = make_driver(folder)
    with pytest.raises(InvalidParams, match=r"makes 3 sequences .* expected it to be named"):
        submit(driver, PROMPT, TransformersCall(1, max_new_tokens=3))
    request_id = submit(driver, PROMPT, TransformersCall(1, max_new_tokens=3, num_return_sequences=2))
    driver.run()
    assert len(driver.token_ids(request_id)) == 2


def test_the_end_of_text_may_stand_in_a_list(
    make_checkpoint: Callable[..., Path], make_driver: Callable[..., Driver]
) -> None:
    folder = make_checkpoint()
    write_generation_config(folder, do_sample=True, eos_token_id=[0])
    driver = make_driver(folder)
    call = TransformersCall(5, num_return_sequences=6, max_new_tokens=60, temperature=3.0, top_k=0)
    request_id = submit(driver, PROMPT, call)
    driver.run()
    assert driver.token_ids(request_id) == expected_tokens(folder, PROMPT, call)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ([0, 5], r"ends texts with \[0, 5\], expected 0 alone"),
        (7, r"ends texts with \[7\], expected 0 alone"),
        ("x", "transformers refuses the call"),
    ],
)
def test_other_ends_of_texts_are_refused(
    make_checkpoint: Callable[..., Path], make_driver: Callable[..., Driver], ends: object, reason: str
) -> None:
    folder = make_checkpoint()
    write_generation_config(folder, eos_token_id=ends)
    with pytest.raises(InvalidParams, match=reason):
        submit(make_driver(folder), PROMPT, TransformersCall(1, max_new_tokens=3))


def test_batch_mates_change_nothing(driver: Driver, checkpoint_folder: Path) -> None:
    call = TransformersCall(9, num_return_sequences=3, max_new_tokens=20)
    others = [driver.submit(prompt, seed=3, max_new_tokens=30) for prompt in ("It was", "The cat s")]
    request_id = submit(driver, PROMPT, call)
    driver.run()
    assert driver.token_ids(request_id) == expected_tokens(checkpoint_folder, PROMPT, call)
    assert all(len(driver.texts(other)) == 3 for other in others)


@pytest.mark.parametrize(
    ("prompt", "call"),
    [
        (PROMPT, TransformersCall(1, temperature=0.0)),
        (PROMPT, TransformersCall(1, num_return_sequences=2, do_sample=False)),
        (PROMPT, TransformersCall(1, max_length=2)),
        ("The cat " * 200, TransformersCall(1, max_new_tokens=5)),
    ],
)
def test_what_transformers_refuses_is_refused(driver: Driver, prompt: str, call: TransformersCall) -> None:
    with pytest.raises(InvalidParams):
        submit(driver, prompt, call)


def test_a_call_that_leaves_nothing_to_draw_from_fails_alone(driver: Driver) -> None:
    call = TransformersCall(1, temperature=1e-320, max_new_tokens=5)
    request_id, neighbour = submit(driver, PROMPT, call), driver.submit(PROMPT)
    driver.run()
    assert [event.message for event in driver.failed(request_id)] == ["tiny left no token to draw"]
    assert len(driver.texts(neighbour)) == 3


def test_who_does_not_ask_for_it_does_not_load_transformers() -> None:
    code = "import sys, generation.engine; print('transformers' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout == "False\n"

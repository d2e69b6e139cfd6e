"""The checkpoint that ships with Inkling serves."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import GPT2LMHeadModel

from generation.checkpoints import BUNDLED, Checkpoint, bundled_folder
from generation.config import EngineConfig
from tests.generation.driver import Driver
from tests.generation.engine.oracle import Oracle
from tests.generation.engine.test_reuse import count_reads


@pytest.fixture(scope="module")
def bundled() -> Driver:
    driver = Driver(EngineConfig(models_dir=Path("nowhere")))
    driver.engine.load(Checkpoint(BUNDLED, f"bundled:{BUNDLED}"))
    return driver


def test_it_writes_what_transformers_would() -> None:
    exact = Driver(EngineConfig())
    exact.engine.load(Checkpoint(BUNDLED, f"bundled:{BUNDLED}", dtype="float32"))
    reference = GPT2LMHeadModel.from_pretrained(bundled_folder(), dtype=torch.float32).eval()
    oracle = Oracle.of(bundled_folder(), reference)
    for prompt in ("", "It was a dark and stormy n", "“My dear,” said she ", "The end.\n\n"):
        request_id = exact.submit(prompt, checkpoint=BUNDLED, seed=1, max_new_tokens=12)
        exact.run()
        assert exact.token_ids(request_id) == oracle.token_ids(prompt, seed=1, max_new_tokens=12)


def test_a_half_typed_word_becomes_a_word(bundled: Driver) -> None:
    texts = bundled.complete(
        "She looked out of the wind", checkpoint=BUNDLED, num_continuations=16, stop_at="word", top_p=0.5
    )
    assert sum(text.startswith("ow") for text in texts) >= 12


def test_an_accepted_suggestion_is_not_read_again(bundled: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    prompt = "She looked out of the window and saw that the "
    params = {"checkpoint": BUNDLED, "num_continuations": 2, "max_new_tokens": 12, "top_p": 0.5}
    first, second = bundled.complete(prompt, request_id="typist:0", **params)
    read = count_reads(monkeypatch)
    for number, accepted in enumerate((prompt + first, prompt + second), start=1):
        texts = bundled.complete(accepted, request_id=f"typist:{number}", **params)
        assert texts == bundled.complete(accepted, request_id=f"other-{number}:1", **params)
    # The last word's tokens and the one before them: nobody has kept their logits.
    assert read[0] <= 5
    assert max(read) > 20

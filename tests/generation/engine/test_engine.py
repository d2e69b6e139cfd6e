"""What a request gets: the right tokens, events in order, an end in any case."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import GPT2LMHeadModel

from generation.checkpoints import Checkpoint
from generation.engine import Engine
from generation.engine.model import GPT2
from generation.engine.sequence import Sequence
from generation.errors import Busy, CheckpointNotReady, EngineClosed, InvalidParams, InvalidPrompt
from generation.messages import (
    ContinuationExtended,
    ContinuationFinished,
    ContinuationStarted,
    GenerationRequest,
    SamplingParams,
)
from tests.generation.conftest import TRAINING_TEXT
from tests.generation.driver import Driver
from tests.generation.engine.oracle import Oracle

PROMPTS = ["", "It was", "The cat sat on the ", "“What is it?” said Al", "She had been sitting\n\n", "猫が好"]


@pytest.fixture(scope="module")
def oracle(checkpoint_folder: Path, reference: GPT2LMHeadModel) -> Oracle:
    return Oracle.of(checkpoint_folder, reference)


# It works


def test_sampled_tokens_are_the_oracles(driver: Driver, oracle: Oracle) -> None:
    params: dict[str, Any] = {
        "num_continuations": 4,
        "seed": 5,
        "temperature": 0.8,
        "top_k": 50,
        "repetition_penalty": 1.3,
    }
    requests = {prompt: driver.submit(prompt, **params) for prompt in PROMPTS}
    driver.run()
    for prompt, request_id in requests.items():
        assert driver.token_ids(request_id) == oracle.token_ids(prompt, **params)


def test_requests_that_join_late_disturb_nobody(driver: Driver, oracle: Oracle) -> None:
    requests = {}
    for prompt in PROMPTS:
        requests[prompt] = driver.submit(prompt, seed=3)
        driver.engine.step()
    driver.run()
    for prompt, request_id in requests.items():
        assert driver.token_ids(request_id) == oracle.token_ids(prompt, seed=3)


def test_events_come_in_order(driver: Driver) -> None:
    request_id = driver.submit("The cat", num_continuations=2, max_new_tokens=5)
    driver.run()
    started, *others = driver.events[request_id]
    assert isinstance(started, ContinuationStarted)
    assert started.dtype == "float32"
    assert started.revision == driver.engine.loaded()["tiny"].revision
    for index in range(2):
        *extended, finished = [event for event in others if getattr(event, "index", None) == index]
        assert isinstance(finished, ContinuationFinished)
        assert finished.num_tokens == len(extended) == 5
        assert finished.text == "".join(event.text for event in extended if isinstance(event, ContinuationExtended))


def test_greedy_decoding_gives_one_continuation(driver: Driver) -> None:
    assert len(driver.complete("The cat", temperature=0, num_continuations=3)) == 1


def test_the_same_seed_gives_the_same_texts(driver: Driver) -> None:
    assert driver.complete("The cat", seed=1) == driver.complete("The cat", seed=1)
    assert driver.complete("The cat", seed=1) != driver.complete("The cat", seed=2)


def test_more_continuations_begin_with_the_fewer(driver: Driver) -> None:
    assert driver.complete("The cat", seed=1, num_continuations=5)[:2] == driver.complete(
        "The cat", seed=1, num_continuations=2
    )


def test_a_long_prompt_is_read_in_chunks_while_others_write(make_driver: Callable[..., Driver], oracle: Oracle) -> None:
    driver = make_driver(prefill_chunk=64)
    writing = driver.submit("The cat", seed=1, max_new_tokens=60)
    driver.engine.step()
    long_prompt = "She had been sitting there for an hour, thinking of nothing. " * 20
    reading = driver.submit(long_prompt, seed=2, max_new_tokens=4)
    driver.engine.step()
    assert len(driver.token_ids(writing)[0]) == 2
    assert not driver.events[reading]
    driver.run()
    assert driver.token_ids(reading) == oracle.token_ids(long_prompt, seed=2, max_new_tokens=4)
    assert driver.token_ids(writing) == oracle.token_ids("The cat", seed=1, max_new_tokens=60)


def test_a_step_may_read_without_writing(make_driver: Callable[..., Driver], oracle: Oracle) -> None:
    driver = make_driver(prefill_chunk=64)
    prompt = TRAINING_TEXT[:900]
    request_id = driver.submit(prompt, seed=2, max_new_tokens=4)
    assert driver.run() == 5
    assert driver.token_ids(request_id) == oracle.token_ids(prompt, seed=2, max_new_tokens=4)


def test_the_context_ends_a_continuation(driver: Driver) -> None:
    request_id = driver.submit("The cat", max_new_tokens=1000, seed=4, num_continuations=1)
    driver.run()
    [finished] = driver.finished(request_id)
    assert finished.finish_reason == "length"
    assert 110 < finished.num_tokens < 128


# Its end


def test_a_cancelled_request_ends_at_the_next_step(driver: Driver) -> None:
    request_id = driver.submit("The cat", max_new_tokens=100)
    for _ in range(3):
        driver.engine.step()
    assert driver.engine.loaded()["tiny"].num_running == 3
    driver.engine.cancel(request_id)
    driver.engine.step()
    assert driver.engine.loaded()["tiny"].num_running == 0
    assert [event.finish_reason for event in driver.finished(request_id)] == ["cancelled"] * 3
    assert [event.num_tokens for event in driver.finished(request_id)] == [3] * 3
    assert not driver.engine.step()


def test_a_cancel_may_come_before_the_first_step(driver: Driver) -> None:
    request_id = driver.submit("The cat")
    driver.engine.cancel(request_id)
    driver.engine.cancel(request_id)
    driver.run()
    assert [type(event).__name__ for event in driver.events[request_id]] == [
        "ContinuationStarted",
        *["ContinuationFinished"] * 3,
    ]


def test_a_cancel_of_an_unknown_request_does_nothing(driver: Driver) -> None:
    driver.engine.cancel("nobody:1")
    assert driver.complete("The cat")


def test_a_deadline_ends_a_running_request_with_what_it_has(driver: Driver) -> None:
    request_id = driver.submit("The cat", max_new_tokens=100, max_time_ms=500)
    for _ in range(4):
        driver.engine.step()
    driver.now = 0.5
    driver.run()
    finished = driver.finished(request_id)
    assert [event.finish_reason for event in finished] == ["deadline"] * 3
    assert all(event.num_tokens == 4 for event in finished)


def test_a_deadline_ends_a_request_that_still_waits(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(max_running=3)
    driver.submit("The cat", max_new_tokens=50)
    waiting = driver.submit("The dog", max_time_ms=500)
    driver.engine.step()
    driver.now = 1.0
    driver.run()
    assert [event.finish_reason for event in driver.finished(waiting)] == ["deadline"] * 3
    assert [event.num_tokens for event in driver.finished(waiting)] == [0] * 3


def test_the_askers_deadline_counts_too(driver: Driver) -> None:
    params = SamplingParams(max_time_ms=10_000, stop_at="none")
    events: list[object] = []
    driver.engine.submit(GenerationRequest("a:1", "tiny", "The cat", params, deadline=-1.0), events.append)
    driver.run()
    assert [event.finish_reason for event in events[1:]] == ["deadline"] * 3  # type: ignore[attr-defined]


def test_text_ends_at_a_stop_string_and_shows_none_of_it(driver: Driver) -> None:
    [text] = driver.complete("The cat", seed=1, num_continuations=1, max_new_tokens=60)
    stop = text[10:14]
    request_id = driver.submit("The cat", seed=1, num_continuations=1, max_new_tokens=60, stop=(stop,))
    driver.run()
    [finished] = driver.finished(request_id)
    assert finished.finish_reason == "stop"
    assert finished.text == text[: text.index(stop)].rstrip()


# Who is turned away


def test_a_full_queue_is_busy(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(max_waiting=2)
    driver.submit("one")
    driver.submit("two")
    with pytest.raises(Busy, match="2 requests wait for tiny"):
        driver.submit("three")
    driver.run()
    assert driver.complete("three")


def test_an_unknown_checkpoint_is_not_ready(driver: Driver) -> None:
    with pytest.raises(CheckpointNotReady, match="huge is not loaded"):
        driver.submit("The cat", checkpoint="huge")


def test_a_lone_surrogate_is_refused_with_its_place(driver: Driver) -> None:
    with pytest.raises(InvalidPrompt, match=r"U\+D83D at character 4"):
        driver.submit("The \ud83d cat")


@pytest.mark.parametrize("prompt", [None, 5, b"The cat"])
def test_a_prompt_that_is_no_text_is_refused(driver: Driver, prompt: Any) -> None:
    complaint = f"prompt is a {type(prompt).__name__}, expected a text"
    with pytest.raises(InvalidPrompt, match=complaint):
        driver.submit(prompt)
    with pytest.raises(InvalidPrompt, match=complaint):
        driver.engine.score("tiny", prompt)


def test_a_request_too_large_for_the_memory_is_refused(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(memory_budget=2**20)
    with pytest.raises(InvalidParams, match="num_continuations is 64 and max_new_tokens 100"):
        driver.submit("The cat", num_continuations=64, max_new_tokens=100)
    assert driver.complete("The cat")


def test_requests_wait_for_memory(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(memory_budget=2**19)
    requests = [driver.submit("The cat", seed=1) for _ in range(6)]
    driver.engine.step()
    assert 0 < driver.engine.loaded()["tiny"].num_running < 18
    driver.run()
    assert len({tuple(driver.texts(request_id)) for request_id in requests}) == 1


@pytest.mark.parametrize(
    "prompt", ["\x00", "a\x00b\x07\x1b", "<|endoftext|>", "\t\r\n", "🙂" * 600, "x" * 8000, " " * 8000]
)
def test_hostile_prompts_are_continued(driver: Driver, prompt: str) -> None:
    texts = driver.complete(prompt, max_new_tokens=5)
    assert len(texts) == 3


# What goes wrong


def test_a_failing_listener_ends_its_own_request_only(driver: Driver, caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: object) -> None:
        raise RuntimeError("the listener is broken")

    params = SamplingParams(max_time_ms=10_000, stop_at="none")
    driver.engine.submit(GenerationRequest("broken:1", "tiny", "The cat", params, 3600.0), fail)
    texts = driver.complete("The cat", seed=1)
    assert texts == driver.complete("The cat", seed=1)
    assert "request broken:1 ends" in caplog.text


def test_a_failing_step_fails_its_requests_and_the_engine_goes_on(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patch:
        patch.setattr(GPT2, "forward", fail)
        request_id = driver.submit("The cat")
        driver.run()
    assert [event.message for event in driver.failed(request_id)] == ["the engine failed: out of luck"]
    assert f"a step of tiny failed, and with it {request_id}" in caplog.text
    assert driver.complete("The cat")


def test_a_text_that_breaks_our_code_fails_its_request_only(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = driver.submit("The cat"), driver.submit("The cat")
    driver.engine.step()
    push = Sequence.push

    def fail_first(self: Sequence, *arguments: Any) -> str:
        if self.params is params:
            raise RuntimeError("unheard of")
        return push(self, *arguments)

    params = next(driver.engine._lanes["tiny"].scheduler.groups).request.params
    monkeypatch.setattr(Sequence, "push", fail_first)
    driver.run()
    assert [event.message for event in driver.failed(first)] == ["the engine failed: unheard of"]
    assert f"request {first} failed" in caplog.text
    assert len(driver.texts(second)) == 3


def test_unusable_logits_fail_their_request(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = GPT2.forward

    def poisoned(self: GPT2, *arguments: object) -> torch.Tensor:
        logits = forward(self, *arguments)  # type: ignore[arg-type]
        logits[0] = torch.nan
        return logits

    with monkeypatch.context() as patch:
        patch.setattr(GPT2, "forward", poisoned)
        first, second = driver.submit("The cat "), driver.submit("The cat ")
        driver.engine.step()
    driver.run()
    assert [event.message for event in driver.failed(first)] == ["tiny left no token to draw"]
    assert len(driver.texts(second)) == 3


# Its life


def test_running_requests_end_on_the_replaced_weights(
    driver: Driver, oracle: Oracle, make_checkpoint: Callable[..., Path]
) -> None:
    request_id = driver.submit("The cat", seed=1)
    driver.engine.step()
    other = make_checkpoint(seed=9)
    driver.engine.load(Checkpoint("tiny", f"folder:{other.name}"))
    late = driver.submit("The cat", seed=1)
    driver.run()
    assert driver.token_ids(request_id) == oracle.token_ids("The cat", seed=1)
    assert driver.token_ids(late) != driver.token_ids(request_id)


def test_replaced_weights_stay_in_memory_while_requests_run_on_them_and_no_longer(
    driver: Driver, checkpoint_folder: Path
) -> None:
    engine = driver.engine
    num_bytes = engine.num_weight_bytes
    old = weakref.ref(engine._lanes["tiny"].loaded.model)
    driver.complete("The cat")
    driver.submit("The cat")
    engine.step()
    engine.load(Checkpoint("tiny", f"folder:{checkpoint_folder.name}"))
    assert engine.num_weight_bytes == 2 * num_bytes
    driver.run()
    engine.step()
    gc.collect()
    assert engine.num_weight_bytes == num_bytes
    assert old() is None


def test_an_unloaded_checkpoint_ends_its_requests_and_takes_no_more(driver: Driver) -> None:
    request_id = driver.submit("The cat")
    driver.engine.step()
    driver.engine.unload("tiny")
    driver.engine.unload("tiny")
    with pytest.raises(CheckpointNotReady):
        driver.submit("The cat")
    driver.run()
    assert len(driver.finished(request_id)) == 3
    assert driver.engine.loaded() == {}


def test_two_checkpoints_take_turns(driver: Driver, checkpoint_folder: Path) -> None:
    driver.engine.load(Checkpoint("other", f"folder:{checkpoint_folder.name}"))
    first = driver.submit("The cat", seed=1)
    second = driver.submit("The cat", seed=1, checkpoint="other")
    driver.engine.step()
    assert len(driver.token_ids(first)[0]) == len(driver.token_ids(second)[0]) == 1
    driver.run()
    assert driver.texts(first) == driver.texts(second)


def test_the_loop_serves_from_its_own_thread_and_fails_what_is_open_at_its_end(driver: Driver) -> None:
    stop = threading.Event()
    loop = threading.Thread(target=driver.engine.run, args=(stop,))
    loop.start()
    done = driver.submit("The cat", max_new_tokens=3)
    deadline = time.monotonic() + 10
    while len(driver.finished(done)) < 3 and time.monotonic() < deadline:
        threading.Event().wait(0.005)
    stop.set()
    loop.join(10)
    assert len(driver.finished(done)) == 3
    with pytest.raises(EngineClosed):
        driver.submit("The cat")


def test_closing_fails_open_requests(engine: Engine, driver: Driver) -> None:
    request_id = driver.submit("The cat")
    engine.step()
    engine.close()
    assert [event.message for event in driver.failed(request_id)] == ["the engine is shutting down"]

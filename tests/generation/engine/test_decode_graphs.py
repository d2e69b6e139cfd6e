"""Decoding in graphs of fixed shapes gives what decoding without them gives. All but the capture itself runs here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from torch import Tensor

from generation.engine import decode_graphs, lane
from tests.generation.driver import Driver

PROMPTS = ["It was", "The cat sat on the ", "“What is it?” said Al", "She had been sitting by her sister"]
Compute = Callable[[], Tensor]
MakeDriver = Callable[..., Driver]


class Recorder:
    """Computes anew where a GPU would play back what was captured."""

    def __init__(self) -> None:
        self.num_captured = self.num_replayed = 0

    def __call__(self, compute: Compute) -> Compute:
        self.num_captured += 1

        def replay() -> Tensor:
            self.num_replayed += 1
            return compute()

        return replay


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(lane, "capture_for", lambda device: recorder)
    return recorder


@pytest.fixture
def expected(make_driver: MakeDriver) -> list[list[list[int]]]:
    """Without graphs: this is asked for before they are put in place."""
    return write(make_driver())


def write(driver: Driver) -> list[list[list[int]]]:
    """Continuations of several prompts at once, one of which ends early and is then asked for again."""
    requests = [driver.submit(prompt, temperature=0, max_new_tokens=50) for prompt in PROMPTS]
    requests.append(driver.submit(PROMPTS[0], request_id="short:1", num_continuations=3, seed=1, max_new_tokens=5))
    driver.run()
    requests.append(
        driver.submit(PROMPTS[0] + " a", request_id="short:2", num_continuations=2, seed=2, max_new_tokens=9)
    )
    driver.run()
    return [driver.token_ids(request) for request in requests]


def test_the_tokens_are_the_same(expected: list[list[list[int]]], recorder: Recorder, make_driver: MakeDriver) -> None:
    assert write(make_driver()) == expected
    assert recorder.num_replayed > 50


def test_graphs_are_made_once_for_each_bucket(recorder: Recorder, make_driver: MakeDriver) -> None:
    driver = make_driver()
    write(driver)
    num_captured = recorder.num_captured
    assert num_captured < recorder.num_replayed / 4
    write(driver)
    assert recorder.num_captured == num_captured


def test_the_least_recently_used_goes(
    monkeypatch: pytest.MonkeyPatch, expected: list[list[list[int]]], recorder: Recorder, make_driver: MakeDriver
) -> None:
    monkeypatch.setattr(decode_graphs, "MAX_GRAPHS", 1)
    driver = make_driver()
    assert write(driver) == expected
    num_captured = recorder.num_captured
    write(driver)
    assert recorder.num_captured > num_captured


def test_more_rows_than_any_bucket_go_without(
    monkeypatch: pytest.MonkeyPatch, expected: list[list[list[int]]], recorder: Recorder, make_driver: MakeDriver
) -> None:
    monkeypatch.setattr(decode_graphs, "ROWS", (1, 2))
    assert write(make_driver()) == expected


def test_where_nothing_can_be_captured_steps_run_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
    expected: list[list[list[int]]],
    make_driver: MakeDriver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(compute: Compute) -> Compute:
        raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(lane, "capture_for", lambda device: fail)
    assert write(make_driver()) == expected
    assert caplog.text.count("without CUDA graphs from now on") == 1


def test_prompts_are_never_captured(recorder: Recorder, make_driver: MakeDriver) -> None:
    make_driver().complete("It was the best of times", max_new_tokens=1)
    assert recorder.num_captured == 0


def test_buckets_are_few() -> None:
    seen = {
        decode_graphs._cells([(0, 1024, shared, 0, 32, 1)], 2, decode_graphs.SHARED_CELLS) for shared in range(1, 1025)
    }
    assert seen == {256, 512, 1024}

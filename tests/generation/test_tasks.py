"""A task hands its request to the worker of its process."""

import pytest

from generation import serving
from generation.messages import GenerationRequest
from generation.tasks import generate
from tests.generation.fake_engine import make_request


class FakeWorker:
    def __init__(self) -> None:
        self.answered: list[GenerationRequest] = []

    def answer(self, request: GenerationRequest) -> None:
        self.answered.append(request)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> FakeWorker:
    worker = FakeWorker()
    monkeypatch.setattr(serving, "_hosted", [worker])
    return worker


def test_a_task_answers_its_request(worker: FakeWorker) -> None:
    request = make_request()
    generate(request.to_dict())
    assert worker.answered == [request]


def test_a_task_that_is_no_request_fails_before_it_reaches_the_worker(worker: FakeWorker) -> None:
    with pytest.raises(KeyError):
        generate({"request_id": "s:1"})
    assert worker.answered == []

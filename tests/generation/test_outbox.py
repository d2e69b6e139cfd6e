"""Events become few messages, in order, and none is lost."""

from typing import Any

from generation.messages import ContinuationExtended, ContinuationFailed, ContinuationFinished, ContinuationStarted
from generation.outbox import Outbox

STARTED = ContinuationStarted("s:1", "tiny", "r1", "float32")


def extended(index: int, text: str) -> ContinuationExtended:
    return ContinuationExtended("s:1", index, token_id=7, text=text)


def finished(index: int) -> ContinuationFinished:
    return ContinuationFinished("s:1", index, "stop", 2, " cat")


def opened() -> Outbox:
    return Outbox("s:1", num_continuations=2)


def extensions(messages: list[dict[str, Any]]) -> list[tuple[int, int, str]]:
    """(index, position, text) of each extension."""
    return [
        (extension["index"], extension["position"], "".join(text for _, text in extension["tokens"]))
        for message in messages
        if message["type"] == "continuation.extended"
        for extension in message["extensions"]
    ]


def test_tokens_of_all_continuations_gather_in_one_message() -> None:
    outbox = opened()
    for event in (extended(0, " a"), extended(1, " the"), extended(0, " cat")):
        outbox.add(event)
    messages = outbox.take()
    assert len(messages) == 1
    assert extensions(messages) == [(0, 0, " a cat"), (1, 0, " the")]
    assert outbox.is_empty


def test_positions_count_the_tokens_sent_before() -> None:
    outbox = opened()
    outbox.add(extended(0, " a"))
    outbox.take()
    outbox.add(extended(0, " cat"))
    assert extensions(outbox.take()) == [(0, 1, " cat")]


def test_an_end_comes_after_the_text_before_it_and_before_the_text_after_it() -> None:
    outbox = opened()
    for event in (STARTED, extended(0, " cat"), finished(0), extended(1, " dog"), finished(1)):
        outbox.add(event)
    assert [message["type"].partition(".")[2] for message in outbox.take()] == [
        "started",
        "extended",
        "finished",
        "extended",
        "finished",
    ]


def test_the_first_text_and_every_end_are_urgent_and_the_rest_is_not() -> None:
    outbox = opened()
    assert not outbox.is_urgent
    outbox.add(extended(0, " a"))
    assert outbox.is_urgent
    outbox.take()
    outbox.add(extended(0, " cat"))
    assert not outbox.is_urgent
    outbox.add(finished(0))
    assert outbox.is_urgent


def test_it_ends_with_its_last_continuation_or_with_a_failure() -> None:
    outbox = opened()
    outbox.add(finished(0))
    assert not outbox.is_ended
    outbox.add(finished(1))
    assert outbox.is_ended
    failed = opened()
    failed.add(ContinuationFailed("s:1", "busy", "full"))
    assert failed.is_ended


def test_messages_say_all_that_the_events_say() -> None:
    outbox = opened()
    for event in (STARTED, finished(1), ContinuationFailed("s:1", "busy", "full")):
        outbox.add(event)
    assert outbox.take() == [
        {
            "type": "continuation.started",
            "request_id": "s:1",
            "checkpoint": "tiny",
            "revision": "r1",
            "dtype": "float32",
        },
        {
            "type": "continuation.finished",
            "request_id": "s:1",
            "index": 1,
            "finish_reason": "stop",
            "num_tokens": 2,
            "text": " cat",
        },
        {"type": "continuation.failed", "request_id": "s:1", "code": "busy", "message": "full"},
    ]

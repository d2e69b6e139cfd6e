"""Events reach their asker whatever happens to Redis, and the decode loop never waits for them."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from generation.messages import (
    ContinuationExtended,
    ContinuationFinished,
    Event,
    GenerationRequest,
    TransformersCall,
)
from generation.streaming import EventSender, open_channel_layer
from tests.generation.fake_engine import make_request
from tests.listening import listening
from tests.redis_server import RedisServer
from tests.waiting import wait_until


class FakeLayer:
    """Keeps what is sent; raises while it is away."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.is_away = False
        self.num_tries = 0
        self.is_flushed = False

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        self.num_tries += 1
        if self.is_away:
            raise RedisConnectionError("away")
        self.sent.append((channel, message))

    async def flush(self) -> None:
        self.is_flushed = True

    def text(self) -> str:
        """Of continuation 0, put together as an asker does."""
        extensions = [extension for _, message in self.sent for extension in message.get("extensions", [])]
        return "".join(text for extension in extensions if extension["index"] == 0 for _, text in extension["tokens"])

    def has_finished(self) -> bool:
        return [message["type"] for _, message in self.sent[-2:]] == ["continuation.finished"] * 2


@pytest.fixture
def layer() -> FakeLayer:
    return FakeLayer()


@pytest.fixture
def sender(layer: FakeLayer) -> Iterator[EventSender]:
    sender = EventSender(layer)
    sender.open()
    yield sender
    sender.close(5.0)


def extended(text: str) -> Event:
    return ContinuationExtended("s:1", 0, 7, text)


def post_all(sender: EventSender, request: GenerationRequest, text: str) -> None:
    for character in text:
        sender.post(request, extended(character))
    for index in range(2):
        sender.post(request, ContinuationFinished("s:1", index, "stop", len(text), text))


def test_events_reach_the_askers_channel_in_order(sender: EventSender, layer: FakeLayer) -> None:
    post_all(sender, make_request(), "once upon a time")
    wait_until(layer.has_finished)
    assert layer.text() == "once upon a time"
    assert {channel for channel, _ in layer.sent} == {"tab"}


def test_the_first_text_does_not_wait_and_the_rest_gathers(sender: EventSender, layer: FakeLayer) -> None:
    request = make_request()
    sender.post(request, extended("o"))
    wait_until(lambda: layer.text() == "o")
    for character in "nce upon":
        sender.post(request, extended(character))
    wait_until(lambda: layer.text() == "once upon")
    assert len(layer.sent) < len("once upon")


def test_a_call_of_transformers_goes_on_until_its_last_sequence_has_ended(
    sender: EventSender, layer: FakeLayer
) -> None:
    request = replace(make_request(), parity=TransformersCall(seed=1, num_return_sequences=3))
    sender.post(request, extended("o"))
    for index in (1, 2):
        sender.post(request, ContinuationFinished("s:1", index, "stop", 0, ""))
    wait_until(layer.has_finished)
    sender.post(request, extended("n"))
    wait_until(lambda: layer.text() == "on")
    positions = [extension["position"] for _, message in layer.sent for extension in message.get("extensions", [])]
    assert positions == [0, 1]


def test_a_request_without_an_address_is_sent_nowhere(sender: EventSender, layer: FakeLayer) -> None:
    post_all(sender, make_request(reply_to=""), "once")
    post_all(sender, make_request(), "upon")
    wait_until(layer.has_finished)
    assert layer.text() == "upon"


def test_what_came_while_redis_was_away_arrives_when_it_is_back(sender: EventSender, layer: FakeLayer) -> None:
    layer.is_away = True
    post_all(sender, make_request(), "once upon a time")
    wait_until(lambda: layer.num_tries > 1)
    layer.is_away = False
    wait_until(layer.has_finished)
    assert layer.text() == "once upon a time"


def test_what_nobody_waits_for_any_more_is_dropped(sender: EventSender, layer: FakeLayer) -> None:
    layer.is_away = True
    post_all(sender, make_request(seconds=-1.5), "once")
    wait_until(lambda: layer.num_tries > 1)
    post_all(sender, make_request("s:2"), "upon")
    time_of_expiry = time.monotonic() + 0.6
    wait_until(lambda: time.monotonic() > time_of_expiry)
    layer.is_away = False
    wait_until(layer.has_finished)
    assert layer.text() == "upon"


def test_closing_sends_what_is_left(layer: FakeLayer) -> None:
    sender = EventSender(layer)
    sender.open()
    post_all(sender, make_request(), "once upon a time")
    sender.close(5.0)
    assert layer.has_finished()
    assert layer.is_flushed


def test_a_paused_redis_stops_nobody(redis_server: RedisServer) -> None:
    sender = EventSender(open_channel_layer(redis_server.url))
    sender.open()
    with redis_server.client() as redis, listening(redis, "tab") as heard:
        redis_server.pause()
        before = time.monotonic()
        post_all(sender, make_request(), "once upon a time")
        assert time.monotonic() - before < 0.1
        redis_server.resume()
        wait_until(lambda: len(heard) >= 3)
    sender.close(5.0)


def test_a_restarted_redis_is_found_again(redis_server: RedisServer) -> None:
    sender = EventSender(open_channel_layer(redis_server.url))
    sender.open()
    sender.post(make_request("s:0"), extended("x"))
    redis_server.stop()
    redis_server.start()
    with redis_server.client() as redis, listening(redis, "tab") as heard:
        post_all(sender, make_request(), "once upon a time")
        wait_until(lambda: len(heard) >= 3)
    sender.close(5.0)


def test_closing_while_redis_is_paused_takes_no_longer_than_allowed(redis_server: RedisServer) -> None:
    sender = EventSender(open_channel_layer(redis_server.url))
    sender.open()
    redis_server.pause()
    post_all(sender, make_request(), "once")
    before = time.monotonic()
    sender.close(0.3)
    assert time.monotonic() - before < 1.0
    redis_server.resume()
    wait_until(lambda: not any(thread.name == "event-sender" for thread in threading.enumerate()))

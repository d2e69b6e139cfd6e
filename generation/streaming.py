"""Sends events to the channel of whoever asked, from a thread of its own. The decode loop only drops them here."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import Protocol

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.exceptions import RedisError

from generation.messages import Event, GenerationRequest
from generation.outbox import Message, Outbox
from generation.redis_connection import channels_host

LAYER_PREFIX = "inkling:layer"
# Tokens arrive faster than the eye reads; one message every 30 ms keeps Redis and the sockets quiet.
GATHER_S = 0.03
RETRY_S = 0.2
# An asker ends a request by itself at its deadline plus a second; nobody listens after this.
LATE_S = 2.0

logger = logging.getLogger(__name__)


class ChannelLayer(Protocol):
    async def send(self, channel: str, message: Message) -> None: ...

    async def flush(self) -> None: ...


def open_channel_layer(redis_url: str) -> ChannelLayer:
    """A layer that reaches the channels of the web processes."""
    layer: ChannelLayer = RedisPubSubChannelLayer(hosts=[channels_host(redis_url)], prefix=LAYER_PREFIX)
    return layer


class EventSender:
    """One event loop in one thread, for as long as the worker lives.

    Messages of a request arrive in order. While Redis is away what waits is merged per request and dropped when
    nobody can want it any more. A message may arrive twice where Redis took it but was too slow to say so.
    """

    def __init__(self, layer: ChannelLayer) -> None:
        self._layer = layer
        self._lock = threading.Lock()
        self._letters: dict[str, _Letter] = {}
        self._loop = asyncio.new_event_loop()
        self._woken = asyncio.Event()
        self._is_closing = False
        self._is_away = False
        self._thread = threading.Thread(target=self._run, name="event-sender", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def post(self, request: GenerationRequest, event: Event) -> None:
        """Takes an event for `request.reply_to`. For any thread; never waits for Redis."""
        if not request.reply_to:
            return
        with self._lock:
            letter = self._letters.get(request.request_id)
            if letter is None:
                letter = self._letters[request.request_id] = _Letter(request)
            was_empty = letter.outbox.is_empty
            letter.outbox.add(event)
            is_news = was_empty or letter.outbox.is_urgent
        if is_news:
            self._wake()

    def close(self, timeout_s: float) -> None:
        """Sends what is left, for at most `timeout_s`."""
        self._is_closing = True
        self._wake()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            logger.warning("Redis did not take the last events within %.1f s", timeout_s)

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._woken.set)
        except RuntimeError:
            logger.info("an event came after the sender was closed")

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._send_until_closed())

    async def _send_until_closed(self) -> None:
        while True:
            self._woken.clear()
            letters = self._take_due()
            for letter, message in letters:
                await self._send(letter, message)
            if letters:
                continue
            if self._is_closing and not self._letters_waiting():
                break
            await self._sleep_until_due()
        await self._layer.flush()

    def _letters_waiting(self) -> list[_Letter]:
        with self._lock:
            return [letter for letter in self._letters.values() if not letter.outbox.is_empty]

    def _take_due(self) -> list[tuple[_Letter, Message]]:
        now, today = time.monotonic(), time.time()
        due: list[tuple[_Letter, Message]] = []
        with self._lock:
            for letter in list(self._letters.values()):
                if letter.is_due(now) or self._is_closing:
                    letter.taken_at = now
                    due += [(letter, message) for message in letter.outbox.take()]
                if letter.outbox.is_empty and (letter.outbox.is_ended or today > letter.expires_at):
                    del self._letters[letter.request_id]
        return due

    async def _sleep_until_due(self) -> None:
        waiting = self._letters_waiting()
        due_at = min((letter.taken_at + GATHER_S for letter in waiting), default=None)
        timeout = None if due_at is None else max(0.0, due_at - time.monotonic())
        try:
            await asyncio.wait_for(self._woken.wait(), timeout)
        except TimeoutError:
            return

    async def _send(self, letter: _Letter, message: Message) -> None:
        while time.time() < letter.expires_at:
            try:
                await self._layer.send(letter.reply_to, message)
            except (RedisError, OSError) as error:
                self._note_away(error)
                await asyncio.sleep(RETRY_S)
                continue
            except Exception:
                logger.exception("%s of %s cannot be sent", message["type"], letter.request_id)
            self._is_away = False
            return
        logger.info("dropped %s of %s: its asker has stopped waiting", message["type"], letter.request_id)

    def _note_away(self, error: Exception) -> None:
        if not self._is_away:
            logger.warning("events wait: Redis does not take them (%s)", error)
        self._is_away = True


class _Letter:
    """The outbox of one request with its address and its times."""

    def __init__(self, request: GenerationRequest) -> None:
        self.request_id = request.request_id
        self.reply_to = request.reply_to
        self.expires_at = request.deadline + LATE_S
        self.outbox = Outbox(request.request_id, request.num_rows)
        self.taken_at = 0.0

    def is_due(self, now: float) -> bool:
        return self.outbox.is_urgent or (not self.outbox.is_empty and now >= self.taken_at + GATHER_S)

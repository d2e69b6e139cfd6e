"""One simulated writer: a browser session, a document, a socket, and keystrokes at a person's pace."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets
from websockets.typing import Origin

# In characters. As in the editor the prompt begins at a place that does not slide with each keystroke; it is kept
# short because the naive way fails where prompt and continuation exceed the bundled checkpoint's 512 positions.
MIN_PROMPT, STRIDE = 500, 1000
PROMPT_LENGTH = MIN_PROMPT + STRIDE
KEYSTROKE_SECONDS = (0.12, 0.30)
BURST_KEYSTROKES = (4, 12)
WAIT_SECONDS = 12.0


def prompt_before(text: str, position: int) -> str:
    return text[(position - MIN_PROMPT) // STRIDE * STRIDE : position]


@dataclass(slots=True)
class Asked:
    """What became of one `suggest` frame. Times in seconds; None where it never came."""

    request_id: str
    asked_at: float
    started_at: float | None = None
    first_text_at: float | None = None
    finished_at: float | None = None
    num_tokens: int = 0
    is_cached: bool = False
    is_superseded: bool = False
    reasons: list[str] = field(default_factory=list)
    error: str | None = None

    @property
    def to_first_text(self) -> float | None:
        return None if self.first_text_at is None else self.first_text_at - self.asked_at

    @property
    def to_end(self) -> float | None:
        return None if self.finished_at is None else self.finished_at - self.asked_at


class Typist:
    """Types `text` into a document of its own and asks for suggestions at each keystroke, as ghost text does."""

    def __init__(self, address: str, text: str, seed: int, params: dict[str, Any]) -> None:
        self.address = address
        self.text = text
        self.params = params
        self.random = random.Random(seed)
        self.session_id = uuid.uuid4().hex
        self.asked: dict[str, Asked] = {}
        self.num_expected = params.get("num_continuations", 3)

    async def open(self) -> None:
        async with httpx.AsyncClient(base_url=self.address) as client:
            await client.get("/")
            token = client.cookies["csrftoken"]
            created = await client.post("/documents/", data={"csrfmiddlewaretoken": token})
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        path = "/ws" + created.headers["location"]
        self.socket = await websockets.connect(
            self.address.replace("http", "ws") + path,
            additional_headers={"Cookie": cookies},
            origin=Origin(self.address),
        )
        await self._send(type="join", protocol=1, revision=None, session_id=self.session_id)
        while json.loads(await self.socket.recv())["type"] != "welcome":
            pass
        self.reader = asyncio.create_task(self._read())

    async def type_for(self, seconds: float) -> None:
        """Types in bursts; after each burst the writer looks up and waits for the suggestions to end."""
        end = time.perf_counter() + seconds
        position = self.random.randrange(PROMPT_LENGTH, len(self.text) - 20_000)
        while time.perf_counter() < end:
            for _ in range(self.random.randint(*BURST_KEYSTROKES)):
                position += 1
                latest = await self.ask(prompt_before(self.text, position))
                await asyncio.sleep(self.random.uniform(*KEYSTROKE_SECONDS))
            await self.wait_for(latest)

    async def ask(self, prompt: str, *, fresh: bool = False) -> Asked:
        for earlier in self.asked.values():
            earlier.is_superseded |= earlier.finished_at is None
        asked = Asked(uuid.uuid4().hex, time.perf_counter())
        self.asked[asked.request_id] = asked
        await self._send(
            type="suggest",
            request_id=asked.request_id,
            prompt=prompt,
            checkpoint=None,
            params=self.params,
            adds_to=None,
            fresh=fresh,
        )
        return asked

    async def wait_for(self, asked: Asked) -> None:
        end = time.perf_counter() + WAIT_SECONDS
        while asked.finished_at is None and asked.error is None and time.perf_counter() < end:
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        self.reader.cancel()
        await self.socket.close()

    async def _send(self, **frame: Any) -> None:
        await self.socket.send(json.dumps(frame))

    async def _read(self) -> None:
        async for message in self.socket:
            frame = json.loads(message)
            asked = self.asked.get(frame.get("request_id") or "")
            if asked is not None:
                self._note(asked, frame, time.perf_counter())

    def _note(self, asked: Asked, frame: dict[str, Any], now: float) -> None:
        match frame["type"]:
            case "suggestion_started":
                asked.started_at = now
                asked.is_cached = frame["is_cached"]
            case "suggestion_extended":
                asked.first_text_at = asked.first_text_at or now
            case "suggestion_finished":
                asked.reasons.append(frame["finish_reason"])
                asked.num_tokens += frame["num_tokens"]
                if len(asked.reasons) == self.num_expected:
                    asked.finished_at = now
            case "error":
                asked.error = frame["code"]

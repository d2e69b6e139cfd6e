"""The naive way of doing it: transformers' pipeline, called once per request, one request at a time.

Superseded requests that wait in its queue are dropped, which is more than most such servers do; a running call
cannot be stopped, and gives its text only at the end.
"""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from transformers import pipeline
from transformers.utils import logging

from benchmarks.typist import BURST_KEYSTROKES, KEYSTROKE_SECONDS, PROMPT_LENGTH, Asked, prompt_before


class NaiveServer:
    """One pipeline behind one queue."""

    def __init__(self, folder: Path, params: dict[str, Any]) -> None:
        logging.set_verbosity_error()
        # In the dtype of the file, bf16, it takes ten times as long on a CPU without bf16 units.
        self.pipeline = pipeline("text-generation", model=str(folder), dtype="float32")
        self.params = params
        self.executor = ThreadPoolExecutor(max_workers=1)

    async def ask(self, asked: Asked, prompt: str) -> None:
        await asyncio.get_running_loop().run_in_executor(self.executor, self._answer, asked, prompt)

    def _answer(self, asked: Asked, prompt: str) -> None:
        if asked.is_superseded:
            return
        texts = self.pipeline(
            prompt,
            return_full_text=False,
            do_sample=True,
            max_new_tokens=self.params["max_new_tokens"],
            num_return_sequences=self.params["num_continuations"],
            temperature=self.params["temperature"],
            top_p=self.params["top_p"],
        )
        asked.first_text_at = asked.finished_at = time.perf_counter()
        asked.num_tokens = self.params["max_new_tokens"] * len(texts)


async def type_for(server: NaiveServer, text: str, seed: int, seconds: float) -> list[Asked]:
    """The same keystrokes as `Typist.type_for`, against the naive server."""
    chance = random.Random(seed)
    end = time.perf_counter() + seconds
    position = chance.randrange(PROMPT_LENGTH, len(text) - 20_000)
    everything: list[Asked] = []
    while time.perf_counter() < end:
        for _ in range(chance.randint(*BURST_KEYSTROKES)):
            position += 1
            if everything:
                everything[-1].is_superseded = everything[-1].finished_at is None
            asked = Asked(str(len(everything)), time.perf_counter())
            everything.append(asked)
            running = asyncio.create_task(server.ask(asked, prompt_before(text, position)))
            await asyncio.sleep(chance.uniform(*KEYSTROKE_SECONDS))
        await running
    return everything

"""Our engine in a process of its own, without Celery and sockets: inkling.py FOLDER NAME DTYPE"""

from __future__ import annotations

import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.engine.keystrokes import Keystroke, Typists, one_after_another, report
from benchmarks.engine.serving import serve
from generation.checkpoints import Checkpoint
from generation.config import EngineConfig
from generation.engine import Engine
from generation.messages import (
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    Event,
    GenerationRequest,
    SamplingParams,
)

PARAMS = SamplingParams(num_continuations=3, max_new_tokens=20, top_p=0.9, stop_at="none", max_time_ms=600_000)


class Contender:
    """One checkpoint in one engine, whose loop runs in a thread, as in a worker."""

    def __init__(self, checkpoint: Checkpoint, config: EngineConfig) -> None:
        self.engine = Engine(config)
        self.engine.load(checkpoint)
        self.name = checkpoint.name
        self._numbers = count()
        if self.info()["dtype"] != checkpoint.dtype:
            raise SystemExit(f"this machine holds it in {self.info()['dtype']}, expected {checkpoint.dtype}")
        self.stop = threading.Event()
        self.loop = threading.Thread(target=self.engine.run, args=(self.stop,), daemon=True)
        self.loop.start()

    def info(self) -> dict[str, Any]:
        loaded = self.engine.loaded()[self.name]
        return {"dtype": loaded.dtype, "weights_bytes": loaded.num_bytes}

    def cold(self, prompts: list[dict[str, Any]]) -> dict[str, Any]:
        """All requests at once, each from a session that the engine has never seen."""
        start = time.perf_counter()
        asked = [Asked(Keystroke(start, 0, prompt)) for prompt in prompts]
        for request in asked:
            self.ask(request, f"cold-{next(self._numbers)}")
        for request in asked:
            request.wait()
        return {
            "tokens": sum(request.keystroke.num_tokens for request in asked),
            "seconds": time.perf_counter() - start,
        }

    def typing(self, prompts: list[dict[str, Any]]) -> dict[str, Any]:
        """Each key is struck when the continuations of the last have ended. The first prompt is read beforehand."""
        start = time.perf_counter()
        session = f"typing-{next(self._numbers)}"
        keystrokes = one_after_another(prompts)
        for keystroke in keystrokes:
            asked = Asked(keystroke)
            keystroke.due = time.perf_counter()
            self.ask(asked, session)
            asked.wait()
        return report(keystrokes[1:], time.perf_counter() - start)

    def typists(self, typists: list[list[dict[str, Any]]], interval: float) -> dict[str, Any]:
        """A key cancels the request of the one before it, as the editor does."""
        sessions = [f"typist-{next(self._numbers)}" for _ in typists]
        self._open_texts(typists, sessions)
        clock = Typists([prompts[1:] for prompts in typists], interval)
        running: dict[int, str] = {}
        while not clock.are_done:
            for keystroke in clock.take_due():
                if keystroke.typist in running:
                    self.engine.cancel(running[keystroke.typist])
                running[keystroke.typist] = self.ask(Asked(keystroke), sessions[keystroke.typist])
            clock.sleep()
        for request_id in running.values():
            self.engine.cancel(request_id)
        return clock.report()

    def ask(self, asked: Asked, session: str) -> str:
        """Returns the request's id."""
        request_id = f"{session}:{next(self._numbers)}"
        prompt = asked.keystroke.prompt["text"]
        request = GenerationRequest(request_id, self.name, prompt, asked.params, deadline=time.time() + 600)
        self.engine.submit(request, asked.note)
        return request_id

    def _open_texts(self, typists: list[list[dict[str, Any]]], sessions: list[str]) -> None:
        """They have been writing for a while: each text has been read up to the first key."""
        opened = [Asked(Keystroke(0.0, 0, prompts[0])) for prompts in typists]
        for asked, session in zip(opened, sessions, strict=True):
            self.ask(asked, session)
        for asked in opened:
            asked.wait()


class Asked:
    """Listens to a request, in the thread that decodes."""

    def __init__(self, keystroke: Keystroke, params: SamplingParams = PARAMS) -> None:
        self.keystroke = keystroke
        self.params = params
        self.num_open = params.num_rows
        self.failure = ""
        self._end = threading.Event()

    def note(self, event: Event) -> None:
        if isinstance(event, ContinuationExtended):
            self._note_token(event.text)
        elif isinstance(event, ContinuationFailed):
            self.failure = event.message
            self.has_ended()
        elif isinstance(event, ContinuationFinished):
            self.num_open -= 1
            if self.num_open == 0:
                self.keystroke.note_end()
                self.has_ended()

    def has_ended(self) -> None:
        self._end.set()

    def wait(self) -> None:
        self._end.wait()
        if self.failure:
            raise RuntimeError(self.failure)

    def _note_token(self, text: str) -> None:
        # A token that only spells what was typed already shows nothing.
        if text or self.keystroke.first_at is not None:
            self.keystroke.note_text(1)
        else:
            self.keystroke.num_tokens += 1


def main() -> None:
    folder, name, dtype = sys.argv[1:]
    checkpoint = Checkpoint.from_dict({"name": name, "source": f"folder:{name}", "dtype": dtype})
    contender = Contender(checkpoint, EngineConfig(models_dir=Path(folder)))
    serve(
        {
            "info": contender.info,
            "cold": contender.cold,
            "typing": contender.typing,
            "typists": contender.typists,
        }
    )


if __name__ == "__main__":
    main()

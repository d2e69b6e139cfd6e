"""OpenVINO GenAI's continuous batching, int8, with prefix caching: openvino_batching.py FOLDER NAME"""

from __future__ import annotations

import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import numpy
import openvino
import openvino_genai

from benchmarks.engine.keystrokes import Keystroke, Typists, one_after_another, report
from benchmarks.engine.serving import serve

NUM_SAMPLES, NUM_TOKENS = 3, 20
CACHE_GIGABYTES = 2
TOKENS_PER_STEP = 2048


class Contender:
    """Its handles give nothing before the end where several samples are asked for; with one they stream."""

    def __init__(self, folder: Path) -> None:
        self._numbers = count()
        self.caching = self._pipeline(folder, caches=True)
        self.cold_pipeline = self._pipeline(folder, caches=False)

    def cold(self, prompts: list[dict[str, Any]]) -> dict[str, Any]:
        start = time.perf_counter()
        configs = [_config(NUM_SAMPLES)] * len(prompts)
        self.cold_pipeline.generate([_tensor(prompt) for prompt in prompts], configs)
        seconds = time.perf_counter() - start
        return {"tokens": len(prompts) * NUM_SAMPLES * NUM_TOKENS, "seconds": seconds}

    def typing(self, prompts: list[dict[str, Any]], num_samples: int = NUM_SAMPLES) -> dict[str, Any]:
        start = time.perf_counter()
        keystrokes = one_after_another(prompts)
        for keystroke in keystrokes:
            keystroke.due = time.perf_counter()
            handle = self._ask(keystroke, num_samples)
            while self.caching.has_non_finished_requests():
                self.caching.step()
                _read(handle, keystroke)
            keystroke.note_end()
        return report(keystrokes[1:], time.perf_counter() - start)

    def typists(self, typists: list[list[dict[str, Any]]], interval: float) -> dict[str, Any]:
        for prompts in typists:
            self._ask(Keystroke(0.0, 0, prompts[0]), NUM_SAMPLES)
        self._end_all()
        clock = Typists([prompts[1:] for prompts in typists], interval)
        running: dict[int, tuple[Keystroke, Any]] = {}
        while not clock.are_done:
            for keystroke in clock.take_due():
                if keystroke.typist in running:
                    running[keystroke.typist][1].cancel()
                running[keystroke.typist] = keystroke, self._ask(keystroke, NUM_SAMPLES)
            if self.caching.has_non_finished_requests():
                self.caching.step()
            else:
                clock.sleep()
            for keystroke, handle in running.values():
                _read(handle, keystroke)
        for _, handle in running.values():
            handle.cancel()
        self._end_all()
        return clock.report()

    def _ask(self, keystroke: Keystroke, num_samples: int) -> Any:
        return self.caching.add_request(next(self._numbers), _tensor(keystroke.prompt), _config(num_samples))

    def _end_all(self) -> None:
        while self.caching.has_non_finished_requests():
            self.caching.step()

    def _pipeline(self, folder: Path, caches: bool) -> Any:
        scheduler = openvino_genai.SchedulerConfig()
        scheduler.cache_size = CACHE_GIGABYTES
        scheduler.max_num_batched_tokens = TOKENS_PER_STEP
        scheduler.enable_prefix_caching = caches
        return openvino_genai.ContinuousBatchingPipeline(str(folder), scheduler, "CPU")


def _read(handle: Any, keystroke: Keystroke) -> None:
    while handle.can_read():
        num_tokens = sum(len(output.generated_ids) for output in handle.read().values())
        keystroke.note_text(num_tokens)


def _tensor(prompt: dict[str, Any]) -> Any:
    return openvino.Tensor(numpy.array([prompt["ids"]], dtype=numpy.int64))


def _config(num_samples: int) -> Any:
    config = openvino_genai.GenerationConfig()
    config.max_new_tokens = config.min_new_tokens = NUM_TOKENS
    config.ignore_eos = config.do_sample = True
    config.top_p, config.top_k, config.temperature = 0.9, 50, 1.0
    config.num_return_sequences = num_samples
    return config


def main() -> None:
    folder, name = sys.argv[1:]
    contender = Contender(Path(folder, name))
    serve({"cold": contender.cold, "typing": contender.typing, "typists": contender.typists})


if __name__ == "__main__":
    main()

"""transformers' `generate`, batched where requests come together: transformers_generate.py FOLDER NAME DTYPE"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import GPT2LMHeadModel, StoppingCriteria, StoppingCriteriaList

from benchmarks.engine.keystrokes import Keystroke, Typists, one_after_another, report
from benchmarks.engine.serving import serve

NUM_SAMPLES, NUM_TOKENS = 3, 20


class Watch(StoppingCriteria):  # type: ignore[misc]
    """Called after each token of the batch: notes the first one, and ends what nobody waits for any more."""

    def __init__(self, keystroke: Keystroke, is_wanted: Callable[[], bool]) -> None:
        self.keystroke = keystroke
        self.is_wanted = is_wanted

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        self.keystroke.note_text(len(input_ids))
        return torch.full((len(input_ids),), not self.is_wanted())


class Contender:
    """`generate` has no queue: here requests wait for one another, and superseded ones are dropped from it."""

    def __init__(self, folder: Path, dtype: str) -> None:
        self.model = GPT2LMHeadModel.from_pretrained(folder, dtype=getattr(torch, dtype)).eval()

    def cold(self, prompts: list[dict[str, Any]]) -> dict[str, Any]:
        start = time.perf_counter()
        self._generate([prompt["ids"] for prompt in prompts])
        seconds = time.perf_counter() - start
        return {"tokens": len(prompts) * NUM_SAMPLES * NUM_TOKENS, "seconds": seconds}

    def typing(self, prompts: list[dict[str, Any]]) -> dict[str, Any]:
        start = time.perf_counter()
        keystrokes = one_after_another(prompts)
        for keystroke in keystrokes:
            keystroke.due = time.perf_counter()
            self._answer(keystroke, lambda: True)
        return report(keystrokes, time.perf_counter() - start)

    def typists(self, typists: list[list[dict[str, Any]]], interval: float) -> dict[str, Any]:
        waiting: list[Keystroke] = []
        clock = Typists([prompts[1:] for prompts in typists], interval)

        def take_in() -> None:
            waiting.extend(clock.take_due())
            waiting[:] = [keystroke for keystroke in waiting if not keystroke.is_superseded]

        while not clock.are_done:
            take_in()
            if not waiting:
                clock.sleep()
                continue
            keystroke = waiting.pop(0)

            def is_wanted(keystroke: Keystroke = keystroke) -> bool:
                take_in()
                return not keystroke.is_superseded and not clock.are_done

            self._answer(keystroke, is_wanted)
        return clock.report()

    def _answer(self, keystroke: Keystroke, is_wanted: Callable[[], bool]) -> None:
        self._generate([keystroke.prompt["ids"]], Watch(keystroke, is_wanted))
        if keystroke.num_tokens == NUM_SAMPLES * NUM_TOKENS:
            keystroke.note_end()

    @torch.inference_mode()
    def _generate(self, prompts: list[list[int]], *watches: Watch) -> None:
        input_ids = torch.tensor(prompts)
        self.model.generate(
            input_ids,
            attention_mask=torch.ones_like(input_ids),
            do_sample=True,
            top_p=0.9,
            top_k=0,
            num_return_sequences=NUM_SAMPLES,
            max_new_tokens=NUM_TOKENS,
            min_new_tokens=NUM_TOKENS,
            pad_token_id=self.model.config.eos_token_id,
            stopping_criteria=StoppingCriteriaList(watches),
        )


def main() -> None:
    folder, name, dtype = sys.argv[1:]
    contender = Contender(Path(folder, name), dtype)
    serve({"cold": contender.cold, "typing": contender.typing, "typists": contender.typists})


if __name__ == "__main__":
    main()

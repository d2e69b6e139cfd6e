"""CTranslate2's Generator in int8, one batch for all requests: ctranslate2_batch.py FOLDER NAME"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import ctranslate2

from benchmarks.engine.serving import serve

NUM_SAMPLES, NUM_TOKENS = 3, 20


class Contender:
    """It has no prefix cache across prompts that grow and streams one sample only, so it plays the cold scene."""

    def __init__(self, folder: Path) -> None:
        self.vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        self.generator = ctranslate2.Generator(
            str(folder), device="cpu", compute_type="int8", intra_threads=os.cpu_count(), inter_threads=1
        )

    def cold(self, prompts: list[dict[str, Any]]) -> dict[str, Any]:
        tokens = [[self.vocabulary[token_id] for token_id in prompt["ids"]] for prompt in prompts]
        start = time.perf_counter()
        results = self.generator.generate_batch(
            tokens,
            max_length=NUM_TOKENS,
            min_length=NUM_TOKENS,
            num_hypotheses=NUM_SAMPLES,
            beam_size=1,
            sampling_topk=40,
            include_prompt_in_result=False,
            max_batch_size=0,
        )
        seconds = time.perf_counter() - start
        return {
            "tokens": sum(len(sequence) for result in results for sequence in result.sequences_ids),
            "seconds": seconds,
        }


def main() -> None:
    folder, name = sys.argv[1:]
    serve({"cold": Contender(Path(folder, name)).cold})


if __name__ == "__main__":
    main()

"""What a writer need not type: python -m benchmarks.usefulness --corpus FOLDER [--characters 2400]

Someone writes a novel that the bundled checkpoint never saw, and looks at the suggestions after every key. Where one
begins with the words that come next, it is accepted as far as whole words agree, at the price of one key; a suggestion
that would save nothing is passed by. "Not typed" is the share of characters that came without a key of their own, the
accepting keys subtracted. The same text, places and seeds for all: with healing, without it, and from a word
5-gram model with back-off counted on the books the checkpoint was trained on.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from zlib import crc32

from benchmarks.ngrams import NGrams
from generation.checkpoints import BUNDLED, Checkpoint
from generation.config import EngineConfig
from generation.engine import Engine
from generation.messages import ContinuationExtended, ContinuationFailed, Event, GenerationRequest, SamplingParams
from generation.training.corpus import Book, read_books

HELD_OUT = ("a-room-with-a-view", "the-age-of-innocence", "the-wind-in-the-willows")
MIN_PROMPT, STRIDE = 500, 1000
NUM_TOKENS = 8
# Where a word ends: what a person accepts is never half a word.
_WORD_END = re.compile(r"(?<=\w)(?!\w)|(?<=[^\w\s])")
# One text alone is the likeliest one; of three, two are others, and begin otherwise.
GHOST = SamplingParams(num_continuations=1, max_new_tokens=NUM_TOKENS, temperature=0.0, stop_at="sentence")
THREE = replace(GHOST, num_continuations=3, temperature=0.3, distinct=True)

# What is suggested behind a prompt. The writer's eye is told too: once none is right, nothing more need be written.
IsRight = Callable[[str], bool]
Suggest = Callable[[str, IsRight], list[str]]


@dataclass(frozen=True, slots=True)
class Written:
    """`num_keys` counts typed characters and accepted suggestions."""

    num_characters: int
    num_keys: int
    num_accepted: int
    num_asked: int

    @property
    def share_saved(self) -> float:
        return 1 - self.num_keys / self.num_characters


def write(text: str, start: int, end: int, suggest: Suggest) -> Written:
    """Writes `text` from `start` to `end`, asking before every key."""
    place, num_keys, num_accepted, num_asked = start, 0, 0, 0
    while place < end:
        num_asked += 1
        prompt = text[max(0, (place - MIN_PROMPT) // STRIDE * STRIDE) : place]
        coming = text[place:end]
        suggestions = suggest(prompt, coming.startswith)
        gain = max((agreeing(suggested, coming) for suggested in suggestions), default=0)
        num_keys += 1
        num_accepted += gain > 1
        place += gain if gain > 1 else 1
    return Written(end - start, num_keys, num_accepted, num_asked)


def agreeing(suggested: str, true: str) -> int:
    """How many first characters agree and end where a word of both ends."""
    num_equal = next(
        (number for number, (one, other) in enumerate(zip(suggested, true, strict=False)) if one != other),
        min(len(suggested), len(true)),
    )
    true_ends = {match.start() for match in _WORD_END.finditer(true[: num_equal + 1])}
    suggested_ends = {match.start() for match in _WORD_END.finditer(suggested[: num_equal + 1])}
    if num_equal == len(true):
        true_ends.add(num_equal)
    return max((end for end in true_ends & suggested_ends if end <= num_equal), default=0)


class BundledCheckpoint:
    """Steps its engine itself: one writer needs no thread."""

    def __init__(self) -> None:
        self.engine = Engine(EngineConfig())
        self.engine.load(Checkpoint(BUNDLED, f"bundled:{BUNDLED}"))
        self._number = 0

    def suggest(self, prompt: str, is_right: IsRight, params: SamplingParams) -> list[str]:
        self._number += 1
        request_id = f"writer:{self._number}"
        texts = [""] * params.num_rows

        def listen(event: Event) -> None:
            if isinstance(event, ContinuationFailed):
                raise SystemExit(f"a request failed: {event.message}")
            if isinstance(event, ContinuationExtended):
                texts[event.index] += event.text
                if not any(map(is_right, texts)):
                    self.engine.cancel(request_id)

        params = replace(params, seed=crc32(prompt.encode()), max_time_ms=60_000)
        self.engine.submit(GenerationRequest(request_id, BUNDLED, prompt, params, time.time() + 60), listen)
        while self.engine.step():
            pass
        return texts


def main() -> None:
    arguments = _parse()
    books = {book.name: book for book in read_books(arguments.corpus)}
    held_out = [books[name] for name in HELD_OUT]
    print("Counting words ...", flush=True)
    ngrams = NGrams(book.text for name, book in books.items() if name not in HELD_OUT)
    bundled = BundledCheckpoint()
    print("\n| | suggestions | characters not typed | accepted | characters each | asked |\n|---|---|---|---|---|---|")
    for number, params in ((1, GHOST), (3, THREE)):
        writers: dict[str, Suggest] = {
            BUNDLED: partial(bundled.suggest, params=params),
            f"{BUNDLED} without healing": partial(bundled.suggest, params=replace(params, heal=False)),
            "words, 5-grams": partial(_count, ngrams, number),
        }
        for name, suggest in writers.items():
            _print(name, number, _write_all(held_out, arguments.characters, suggest))


def _count(ngrams: NGrams, number: int, prompt: str, is_right: IsRight) -> list[str]:
    return ngrams.continuations(prompt, number, NUM_TOKENS, is_right)


def _write_all(books: list[Book], num_characters: int, suggest: Suggest) -> Written:
    """An equal part of each book, from its middle on."""
    each = num_characters // len(books)
    parts = [write(book.text, len(book.text) // 2, len(book.text) // 2 + each, suggest) for book in books]
    return Written(
        sum(part.num_characters for part in parts),
        sum(part.num_keys for part in parts),
        sum(part.num_accepted for part in parts),
        sum(part.num_asked for part in parts),
    )


def _print(name: str, number: int, written: Written) -> None:
    saved = written.num_characters - written.num_keys
    each = (saved + written.num_accepted) / max(1, written.num_accepted)
    cells = [name, number, f"{written.share_saved:.1%}", written.num_accepted, f"{each:.1f}", written.num_asked]
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    folder = os.environ.get("INKLING_TEST_DATA")
    default = Path(folder, "corpus") if folder else None
    parser.add_argument("--corpus", type=Path, default=default, required=default is None, help="novels as .txt files")
    parser.add_argument("--characters", type=int, default=2400)
    return parser.parse_args()


if __name__ == "__main__":
    main()

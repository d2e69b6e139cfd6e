"""The prompts that every contender gets: random words, each one token, and the keys of the words that follow."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

from generation.engine.tokenizer import Tokenizer

_WORD = re.compile(rb" [a-z]{2,}")
Prompt = dict[str, Any]


class Work:
    """Text by seed, as `{"text": str, "ids": list[int]}`: ours reads the one, most peers read the other."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_folder(folder)
        tokens = enumerate(self.tokenizer.token_bytes)
        words = [(token_id, token.decode()) for token_id, token in tokens if _WORD.fullmatch(token)]
        self.words = [word for token_id, word in words if self.tokenizer.encode(word) == [token_id]]

    def prompts(self, number: int, num_tokens: int, seed: object) -> list[Prompt]:
        return [self._prompt(self._text(num_tokens, f"{seed}/{one}")) for one in range(number)]

    def typing(self, num_keys: int, num_tokens: int, seed: object) -> list[Prompt]:
        """A text, and the same with one more character after each key."""
        text = self._text(num_tokens, seed)
        typed = self._text(num_keys, f"{seed}/typed")
        return [self._prompt(text + typed[:number]) for number in range(num_keys + 1)]

    def _text(self, num_tokens: int, seed: object) -> str:
        return "".join(Random(str(seed)).choices(self.words, k=num_tokens))

    def _prompt(self, text: str) -> Prompt:
        return {"text": text, "ids": self.tokenizer.encode(text)}

"""Text to tokens and tokens to bytes. Safe to use from several threads; knows no special tokens but one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as FastTokenizer
from tokenizers import models, pre_tokenizers

from generation.errors import CheckpointInvalid, InvalidPrompt

END_OF_TEXT = "<|endoftext|>"


class Tokenizer:
    """A byte-level BPE.

    Special tokens are left out of the encoder, so that `<|endoftext|>` typed by a person is plain text.
    """

    def __init__(self, encoder: FastTokenizer) -> None:
        self._encoder = encoder
        vocabulary: Mapping[str, int] = encoder.get_vocab(with_added_tokens=False)
        if sorted(vocabulary.values()) != list(range(len(vocabulary))):
            raise CheckpointInvalid("the tokenizer's ids have gaps, expected 0 to its size without one")
        if END_OF_TEXT not in vocabulary:
            raise CheckpointInvalid(f"the tokenizer has no {END_OF_TEXT}, expected one as in GPT-2's")
        self.end_of_text: int = vocabulary[END_OF_TEXT]
        self.token_bytes = _token_bytes(vocabulary)

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """Reads tokenizer.json, or vocab.json with merges.txt. Raises CheckpointInvalid."""
        try:
            if (folder / "tokenizer.json").is_file():
                return cls(_from_tokenizer_json(folder / "tokenizer.json"))
            if (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file():
                return cls(_from_vocab_and_merges(folder))
        except CheckpointInvalid:
            raise
        except Exception as error:
            # tokenizers raises a bare Exception for every broken file.
            raise CheckpointInvalid(f"the tokenizer cannot be read: {error}") from error
        raise CheckpointInvalid("no tokenizer, expected tokenizer.json or vocab.json with merges.txt")

    def __len__(self) -> int:
        return len(self.token_bytes)

    def encode(self, text: str) -> list[int]:
        return list(self._encoder.encode(text, add_special_tokens=False).ids)

    def token_starts(self, text: str) -> list[int]:
        """The character that each token of `text` begins in."""
        return [start for start, _ in self._encoder.encode(text, add_special_tokens=False).offsets]


def check_prompt(text: str) -> None:
    """Raises InvalidPrompt for what no encoder can read."""
    if not isinstance(text, str):
        raise InvalidPrompt(f"prompt is a {type(text).__name__}, expected a text")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = f"U+{ord(text[error.start]):04X}"
        raise InvalidPrompt(f"prompt has a lone surrogate {code} at character {error.start}") from None


def _from_tokenizer_json(path: Path) -> FastTokenizer:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    kind = (content.get("model") or {}).get("type")
    if kind != "BPE" or "ByteLevel" not in json.dumps(content.get("pre_tokenizer")):
        raise CheckpointInvalid(f"the tokenizer is {kind}, expected a byte-level BPE")
    if '"add_prefix_space": true' in json.dumps(content["pre_tokenizer"]):
        raise CheckpointInvalid("the tokenizer puts a space before each text, expected add_prefix_space false")
    if content.get("normalizer"):
        raise CheckpointInvalid("the tokenizer changes text before it reads it, expected no normalizer")
    content.update(added_tokens=[], post_processor=None, truncation=None, padding=None)
    return FastTokenizer.from_str(json.dumps(content))


def _from_vocab_and_merges(folder: Path) -> FastTokenizer:
    encoder = FastTokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    encoder.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return encoder


def _token_bytes(vocabulary: Mapping[str, int]) -> list[bytes]:
    """The bytes of each token; a special token has none."""
    byte_of = _bytes_of_characters()
    table = [b""] * len(vocabulary)
    for token, token_id in vocabulary.items():
        if token != END_OF_TEXT and all(character in byte_of for character in token):
            table[token_id] = bytes(byte_of[character] for character in token)
    missing = {bytes([value]) for value in range(256)}.difference(table)
    if missing:
        raise CheckpointInvalid(f"the tokenizer lacks {len(missing)} of the 256 single bytes")
    return table


def _bytes_of_characters() -> dict[str, int]:
    """GPT-2's alphabet: printable bytes stand for themselves, the others for U+0100 and what follows."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [value for value in range(256) if value not in printable]
    return {chr(value): value for value in printable} | {chr(256 + n): value for n, value in enumerate(others)}

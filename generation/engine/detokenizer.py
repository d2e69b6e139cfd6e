"""Bytes of tokens to text, as they come. Never splits a character."""

from __future__ import annotations

import codecs


class Detokenizer:
    """The text of one continuation.

    A character is given once all its bytes are there. Bytes that can never become a character, which a model may
    well sample, give nothing.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")

    def push(self, token_bytes: bytes) -> str:
        return self._decoder.decode(token_bytes)

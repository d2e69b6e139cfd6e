"""Writes down tokens with what the model thought of them, as text: nobody reads ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from generation.messages import ContinuationExtended

HEADING = ("token", "log-prob.", "rank", "likeliest")


class TokenWriter:
    """`token_bytes` says what a token stands for, which half a character may be."""

    def __init__(self, token_bytes: Callable[[int], bytes]) -> None:
        self._token_bytes = token_bytes

    def described(self, extension: ContinuationExtended) -> dict[str, Any]:
        """`text` is what the token adds to the text, `token` all that it stands for."""
        told: dict[str, Any] = {"token_id": extension.token_id, "text": extension.text}
        thought = extension.thought
        if thought is None:
            return told
        alternatives = [
            {"token_id": token_id, "token": self._text(token_id), "logprob": logprob}
            for token_id, logprob in thought.alternatives
        ]
        told["token"] = self._text(extension.token_id)
        told["thought"] = {"logprob": thought.logprob, "rank": thought.rank, "alternatives": alternatives}
        return told

    def columns(self, extension: ContinuationExtended) -> list[str]:
        """Log-probability, rank, alternatives with theirs; nothing where no thoughts were asked for."""
        thought = extension.thought
        if thought is None:
            return []
        alternatives = [f"{self._shown(token_id)} {logprob:.3f}" for token_id, logprob in thought.alternatives]
        return [f"{thought.logprob:.3f}", str(thought.rank), *(["  ".join(alternatives)] if alternatives else [])]

    def table(self, extensions: Sequence[ContinuationExtended]) -> list[str]:
        """A heading and a line for each token; no lines where no thoughts were asked for."""
        thoughtful = [each for each in extensions if each.thought is not None]
        if not thoughtful:
            return []
        rows = [(self._shown(each.token_id), *self.columns(each)) for each in thoughtful]
        heading = HEADING[: len(rows[0])]
        width = max(len(row[0]) for row in (heading, *rows))
        return [_line(row, width) for row in (heading, *rows)]

    def _shown(self, token_id: int) -> str:
        """Quoted; the bytes where they are no whole characters, so that each looks different."""
        token_bytes = self._token_bytes(token_id)
        try:
            return repr(token_bytes.decode())
        except UnicodeDecodeError:
            return repr(token_bytes)

    def _text(self, token_id: int) -> str:
        return self._token_bytes(token_id).decode("utf-8", "replace")


def _line(row: Sequence[str], width: int) -> str:
    token, logprob, rank, *alternatives = row
    return "  ".join([f"    {token:{width}}", f"{logprob:>9}", f"{rank:>5}", *alternatives])

"""Tells of each token of a text how surprising a checkpoint finds it. A chunk at a time, between other work."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine.attention import AttentionPlan
from generation.engine.kv_cache import Arena, Cells, aligned
from generation.engine.loading import LoadedCheckpoint
from generation.engine.model import GPT2

logger = logging.getLogger(__name__)

# Tokens read at once: the logits of more take more memory than they save time, and decoding waits for each chunk.
CHUNK = 128


@dataclass(frozen=True, slots=True)
class TokenScore:
    """`surprisal` is minus the log-probability of the token after those before it, in nats."""

    token_id: int
    token_bytes: bytes
    surprisal: float


class Scoring:
    """A text being scored: `advance` reads the next chunk, `result` has the scores in the end."""

    def __init__(self, loaded: LoadedCheckpoint, text: str) -> None:
        self.result: Future[list[TokenScore]] = Future()
        self._loaded = loaded
        token_ids = [loaded.tokenizer.end_of_text, *loaded.tokenizer.encode(text)]
        self._token_ids = token_ids[1:]
        self._chunks = find_surprisals(loaded.model, token_ids)
        self._surprisals: list[float] = []

    def advance(self) -> bool:
        """False when all has been read, or nobody waits for it any longer."""
        if self.result.cancelled():
            return False
        self._loaded.use_threads()
        try:
            chunk = next(self._chunks, None)
        except Exception as error:
            # One text's misfortune, not its neighbours'.
            logger.exception("a text could not be scored by %s", self._loaded.name)
            self.fail(error)
            return False
        if chunk is None:
            self._finish()
            return False
        self._surprisals += chunk.tolist()
        return True

    def fail(self, error: Exception) -> None:
        if self.result.set_running_or_notify_cancel():
            self.result.set_exception(error)

    def _finish(self) -> None:
        token_bytes = self._loaded.tokenizer.token_bytes
        scores = zip(self._token_ids, self._surprisals, strict=True)
        if self.result.set_running_or_notify_cancel():
            self.result.set_result([TokenScore(token_id, token_bytes[token_id], nats) for token_id, nats in scores])


def find_surprisals(model: GPT2, token_ids: Sequence[int], stride: int = 0) -> Iterator[Tensor]:
    """Yields the surprisals of all tokens but the first, chunk by chunk, each (num_tokens,) in nats on the CPU.

    A text longer than the context is read in windows, each `stride` tokens on from the last. A stride of 0 is the whole
    context: windows do not overlap, and a window's first tokens are predicted from little. A smaller one counts only
    the last `stride` tokens of each window but the first, which takes as many times longer.
    """
    for first, counted, end in windows(len(token_ids) - 1, model.shape.context_length, stride):
        num_seen = first
        for surprisals in _read_window(model, token_ids[first : end + 1]):
            yield surprisals[max(0, counted - num_seen) :]
            num_seen += len(surprisals)


def windows(num_tokens: int, context: int, stride: int = 0) -> Iterator[tuple[int, int, int]]:
    """Yields where each window begins, where its tokens begin to count, and where it ends. Each token counts once."""
    counted = 0
    while counted < num_tokens:
        end = min(num_tokens, counted + (stride or context) if counted else context)
        first = max(0, end - context) if stride else counted
        yield first, counted, end
        counted = end


def _read_window(model: GPT2, token_ids: Sequence[int]) -> Iterator[Tensor]:
    length, shape = len(token_ids) - 1, model.cell_shape
    arena = Arena(aligned(length * shape.num_bytes), model.device)
    cells = Cells(arena, arena.lend(length * shape.num_bytes), shape, length)
    for start in range(0, length, CHUNK):
        end = min(length, start + CHUNK)
        plan = AttentionPlan(arena.all_as(shape.dtype), shape)
        plan.read_prompt(cells, start, end)
        plan.close()
        logits = model.forward(token_ids[start:end], list(range(start, end)), plan, list(range(end - start)))
        following = torch.tensor(token_ids[start + 1 : end + 1], device=logits.device)
        yield torch.nn.functional.cross_entropy(logits, following, reduction="none").cpu()

"""A request being served: its prompt, its continuations and the events it gives."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from statistics import fmean

import torch
from torch import Tensor

from generation.engine.healing import HealablePrompt
from generation.engine.model import Segment
from generation.engine.sequence import Sequence
from generation.engine.slots import Slot
from generation.engine.tokenizer import Tokenizer
from generation.messages import (
    ContinuationExtended,
    ContinuationFailed,
    ContinuationFinished,
    ContinuationStarted,
    Event,
    FinishReason,
    GenerationRequest,
    Thought,
)

logger = logging.getLogger(__name__)

# As much of the prompt as tells whether a full stop after it ends a sentence.
LONGEST_ABBREVIATION = 16

OnEvent = Callable[[Event], None]


class SequenceGroup:
    """All continuations of one request. They share its slot, which holds the prompt once.

    A continuation's own keys and values lie behind the prompt's, mixed with those of its siblings in the order
    they were written; `mask` lets each see its own alone.
    """

    def __init__(
        self,
        request: GenerationRequest,
        prompt: HealablePrompt,
        tokenizer: Tokenizer,
        deadline: float,
        on_event: OnEvent,
    ) -> None:
        self.request = request
        self.prompt = prompt
        self.deadline = deadline
        end_of_prompt = request.prompt[-LONGEST_ABBREVIATION:]
        indices = range(request.params.num_rows)
        self.sequences = [Sequence(index, request.params, tokenizer, end_of_prompt) for index in indices]
        self.slot: Slot | None = None
        self.is_decoding = False
        self._on_event = on_event
        self._is_started = False
        self._num_cells = 0
        self._mask = torch.empty(0)

    @property
    def session(self) -> str:
        """The tab that asks; its requests share a prompt that grows."""
        return self.request.request_id.partition(":")[0]

    @property
    def open_sequences(self) -> list[Sequence]:
        return [sequence for sequence in self.sequences if sequence.is_open]

    @property
    def is_open(self) -> bool:
        return any(sequence.is_open for sequence in self.sequences)

    def num_cells_needed(self, context_length: int) -> int:
        """Cells for the prompt and for as many tokens as the continuations can have."""
        num_prompt_tokens = len(self.prompt.token_ids)
        max_own = min(self.request.params.max_new_tokens, context_length - self.prompt.num_committed)
        return num_prompt_tokens + len(self.sequences) * max_own

    # Prefill

    @property
    def num_unread(self) -> int:
        assert self.slot is not None
        return len(self.prompt.token_ids) - len(self.slot.token_ids)

    def next_chunk_size(self, budget: int) -> int:
        """How many prompt tokens to read next. The last chunk holds all tokens whose logits healing needs."""
        if self.num_unread <= budget:
            return self.num_unread
        return max(0, min(budget, self.num_unread - len(self.prompt.pending)))

    def prefill_segment(self, size: int, causal_mask: Tensor) -> Segment:
        """`causal_mask` (context_length, context_length)."""
        assert self.slot is not None
        start = len(self.slot.token_ids)
        return Segment(self.slot.kv, start, size, causal_mask[start : start + size, : start + size])

    # Decode

    def start_decoding(self) -> None:
        """The prompt has been read and each sequence has chosen how much of it to continue."""
        assert self.slot is not None
        self.is_decoding = True
        self._num_cells = len(self.prompt.token_ids)
        self._mask = self.slot.kv.new_full((len(self.sequences), self.slot.num_cells), -math.inf)
        for sequence in self.sequences:
            self._mask[sequence.index, : sequence.num_prompt_tokens] = 0

    def decode_segment(self) -> Segment:
        """A segment for the last token of each open sequence."""
        assert self.slot is not None
        rows = [sequence.index for sequence in self.open_sequences]
        start = self._num_cells
        self._num_cells += len(rows)
        self._mask[rows, list(range(start, self._num_cells))] = 0
        return Segment(self.slot.kv, start, len(rows), self._mask[rows, : self._num_cells])

    # Events

    def announce(self, revision: str, dtype: str) -> None:
        if not self._is_started:
            self._is_started = True
            self._emit(ContinuationStarted(self.request.request_id, self.request.checkpoint, revision, dtype))

    def push(self, sequence: Sequence, token_id: int, context_length: int, thought: Thought | None) -> None:
        text = sequence.push(token_id, context_length)
        if thought is not None:
            sequence.logprobs.append(thought.logprob)
        self._emit(ContinuationExtended(self.request.request_id, sequence.index, token_id, text, thought))
        if not sequence.is_open:
            self._finish(sequence)

    def finish(self, reason: FinishReason) -> None:
        """Ends all open continuations with what they have shown so far."""
        for sequence in self.open_sequences:
            sequence.finish_reason = reason
            self._finish(sequence)

    def fail(self, code: str, message: str) -> None:
        for sequence in self.open_sequences:
            sequence.finish_reason = "failed"
        self._emit(ContinuationFailed(self.request.request_id, code, message))

    def _finish(self, sequence: Sequence) -> None:
        assert sequence.finish_reason is not None
        event = ContinuationFinished(
            self.request.request_id,
            sequence.index,
            sequence.finish_reason,
            len(sequence.token_ids),
            sequence.text,
            fmean(sequence.logprobs) if sequence.logprobs else None,
        )
        self._emit(event)

    def _emit(self, event: Event) -> None:
        try:
            self._on_event(event)
        except Exception:
            # Whoever listens to one request must not be able to stop the others.
            logger.exception("request %s ends: its listener failed", self.request.request_id)
            for sequence in self.open_sequences:
                sequence.finish_reason = "failed"

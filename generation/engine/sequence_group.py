"""A request being served: its prompt, its continuations and the events it gives."""

from __future__ import annotations

import logging
from collections.abc import Callable
from statistics import fmean

import torch
from torch import Tensor

from generation.engine.attention import AttentionPlan
from generation.engine.healing import HealablePrompt
from generation.engine.parity import TransformersDraw
from generation.engine.sequence import Sequence
from generation.engine.slot import Branch, Lease, Slot, Wanted
from generation.engine.stopping import LONGEST_ABBREVIATION
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

OnEvent = Callable[[Event], None]


class SequenceGroup:
    """All continuations of one request. They share its slot, which holds the prompt once, up to the last whole word.

    What a continuation has kept of the half-typed word and its own tokens lie in cells of its own.
    """

    def __init__(
        self,
        request: GenerationRequest,
        prompt: HealablePrompt,
        tokenizer: Tokenizer,
        deadline: float,
        on_event: OnEvent,
        transformers: TransformersDraw | None = None,
    ) -> None:
        """`transformers` draws the tokens where they shall be those of transformers."""
        self.request = request
        self.transformers = transformers
        self.prompt = prompt
        self.deadline = deadline
        end_of_prompt = request.prompt[-LONGEST_ABBREVIATION:]
        indices = range(request.num_rows)
        self.sequences = [Sequence(index, request.params, tokenizer, end_of_prompt) for index in indices]
        self.lease: Lease | None = None
        self.is_decoding = False
        self.num_steps_waited = 0
        self._on_event = on_event
        self._is_started = False

    @property
    def session(self) -> str:
        """The tab that asks; its requests share a prompt that grows."""
        return self.request.request_id.partition(":")[0]

    @property
    def asker(self) -> str:
        """Who takes turns with others: a person with all their tabs, or a tab of which no more is known."""
        return self.request.asker or self.session

    @property
    def num_rows(self) -> int:
        return len(self.open_sequences)

    @property
    def open_sequences(self) -> list[Sequence]:
        return [sequence for sequence in self.sequences if sequence.is_open]

    @property
    def is_open(self) -> bool:
        return any(sequence.is_open for sequence in self.sequences)

    @property
    def has_failed(self) -> bool:
        return any(sequence.finish_reason == "failed" for sequence in self.sequences)

    def wanted(self, context_length: int) -> Wanted:
        """Room for the prompt, and for what the continuations may keep of its last word and add to it."""
        prompt = self.prompt
        max_new = min(self.request.params.max_new_tokens, context_length - prompt.num_committed)
        num_own = len(prompt.pending) - 1 + max_new
        return Wanted(self.session, prompt.token_ids, prompt.num_committed, len(self.sequences), num_own)

    # Prefill

    @property
    def slot(self) -> Slot:
        assert self.lease is not None
        return self.lease.slot

    @property
    def num_unread(self) -> int:
        return len(self.prompt.token_ids) - len(self.slot.token_ids)

    def next_chunk_size(self, budget: int) -> int:
        """How many prompt tokens to read next. The last chunk holds all tokens whose logits healing needs."""
        if self.num_unread <= budget:
            return self.num_unread
        return max(0, min(budget, self.num_unread - len(self.prompt.pending)))

    def end_prefill(self, size: int, logits: Tensor) -> Tensor | None:
        """Notes what the slot now holds. Returns the logits of `prompt.pending` once the whole prompt is read.

        `logits` are those of the last tokens that were read.
        """
        slot = self.slot
        first = self.prompt.num_committed - 1
        known = slot.logits_from(first)
        slot.token_ids += self.prompt.token_ids[len(slot.token_ids) :][:size]
        if self.num_unread:
            return None
        # A copy: the slot's may be written anew while these are still drawn from.
        logits = torch.cat((known, logits))
        slot.keep_logits(first, logits)
        return logits

    # Decode

    def start_decoding(self) -> None:
        """The prompt has been read and each sequence has chosen how much of it to continue."""
        assert self.lease is not None
        self.is_decoding = True
        num_committed = self.prompt.num_committed
        for sequence, own in zip(self.sequences, self.lease.own, strict=True):
            num_kept = sequence.num_prompt_tokens - num_committed
            if num_kept:
                own.copy_from(self.slot.cells, 0, num_committed, num_kept)
        self.lease.stop_reading(num_committed)

    def decode(self, plan: AttentionPlan) -> None:
        """Adds the last token of each open sequence."""
        assert self.lease is not None
        num_committed = self.prompt.num_committed
        own = [
            (self.lease.own[sequence.index], sequence.last_position + 1 - num_committed)
            for sequence in self.open_sequences
        ]
        plan.decode(self.slot.cells, num_committed, own)

    def branches(self) -> list[Branch]:
        """What the session's next request may find useful, when this one has ended."""
        if not self.is_decoding or self.lease is None:
            return []
        return [
            Branch(self.prompt.num_committed, self._own_token_ids(sequence), self.lease.own[sequence.index])
            for sequence in self.sequences
            if sequence.finish_reason != "failed" and self._own_token_ids(sequence)
        ]

    def _own_token_ids(self, sequence: Sequence) -> list[int]:
        """The tokens whose keys and values the sequence's own cells hold: all but the last."""
        num_kept = sequence.num_prompt_tokens - self.prompt.num_committed
        return [*self.prompt.pending_ids[:num_kept], *sequence.token_ids[:-1]]

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

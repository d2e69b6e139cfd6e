"""Turns a batch into tensors, runs the model, and gives each sequence the logits to draw its next token from."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generation.engine.healing import find_paths
from generation.engine.model import GPT2, Segment
from generation.engine.scheduler import Batch
from generation.engine.sequence import Sequence
from generation.engine.sequence_group import SequenceGroup
from generation.engine.vocabulary import Vocabulary


@dataclass(slots=True)
class Rows:
    """The sequences that get a token in this step, and which of the model's logits each draws from."""

    groups: list[SequenceGroup] = field(default_factory=list)
    sequences: list[Sequence] = field(default_factory=list)
    logits_rows: list[int] = field(default_factory=list)

    def add(self, group: SequenceGroup, sequence: Sequence, logits_row: int) -> None:
        self.groups.append(group)
        self.sequences.append(sequence)
        self.logits_rows.append(logits_row)


@dataclass(slots=True)
class _Input:
    """What the model reads in one step. `wanted` numbers the tokens after which logits are needed."""

    input_ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)

    def add(self, segment: Segment, token_ids: list[int], positions: list[int], num_wanted: int) -> None:
        self.input_ids += token_ids
        self.positions += positions
        self.segments.append(segment)
        self.wanted += range(len(self.input_ids) - num_wanted, len(self.input_ids))


class ModelRunner:
    """Runs one checkpoint's model."""

    def __init__(self, model: GPT2, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary
        length = model.shape.context_length
        self._causal_mask = torch.full((length, length), -math.inf, dtype=model.dtype, device=model.device).triu(1)

    def run(self, batch: Batch) -> tuple[Rows, Tensor]:
        """Returns the sequences to draw for, and their logits (num_sequences, vocab_size)."""
        model_input = _Input()
        for group in batch.decoding:
            self._add_decode(model_input, group)
        for group, size in batch.prefills:
            self._add_prefill(model_input, group, size)
        logits = self._model.forward(
            model_input.input_ids, model_input.positions, model_input.segments, model_input.wanted
        )
        rows = Rows()
        for group in batch.decoding:
            for sequence in group.open_sequences:
                rows.add(group, sequence, len(rows.logits_rows))
        first = len(rows.logits_rows)
        for group, size in batch.prefills:
            if self._finish_prefill(group, size):
                first = self._start_decoding(group, logits, first, rows)
        return rows, logits[torch.tensor(rows.logits_rows, dtype=torch.long, device=logits.device)]

    def _add_decode(self, model_input: _Input, group: SequenceGroup) -> None:
        sequences = group.open_sequences
        token_ids = [sequence.token_ids[-1] for sequence in sequences]
        positions = [sequence.last_position for sequence in sequences]
        model_input.add(group.decode_segment(), token_ids, positions, num_wanted=len(sequences))

    def _add_prefill(self, model_input: _Input, group: SequenceGroup, size: int) -> None:
        segment = group.prefill_segment(size, self._causal_mask)
        is_last = size == group.num_unread
        model_input.add(
            segment,
            group.prompt.token_ids[segment.start : segment.end],
            list(range(segment.start, segment.end)),
            num_wanted=len(group.prompt.pending) if is_last else 0,
        )

    def _finish_prefill(self, group: SequenceGroup, size: int) -> bool:
        """Notes what the slot now holds; True when that is the whole prompt."""
        assert group.slot is not None
        num_read = len(group.slot.token_ids)
        group.slot.token_ids += group.prompt.token_ids[num_read : num_read + size]
        return group.num_unread == 0

    def _start_decoding(self, group: SequenceGroup, logits: Tensor, first: int, rows: Rows) -> int:
        """Lets each sequence choose its way out of the prompt; returns the number of the next group's first logits."""
        end = first + len(group.prompt.pending)
        paths = find_paths(group.prompt, logits[first:end], self._vocabulary)
        for sequence in group.sequences:
            is_greedy = sequence.params.temperature == 0
            kept, sequence.healing = paths.choose(sequence.random.random(), is_greedy)
            sequence.num_prompt_tokens = group.prompt.num_committed + kept
            rows.add(group, sequence, first + kept)
        group.start_decoding()
        return end

"""Turns a batch into tensors, runs the model, and gives each sequence the logits to draw its next token from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from generation.engine.attention import AttentionPlan
from generation.engine.decode_graphs import Capture, DecodeGraphs
from generation.engine.healing import find_paths
from generation.engine.kv_cache import Arena
from generation.engine.model import GPT2
from generation.engine.scheduler import Batch
from generation.engine.sequence import Sequence
from generation.engine.sequence_group import SequenceGroup
from generation.engine.vocabulary import Vocabulary


@dataclass(slots=True)
class Rows:
    """The sequences that get a token in this step."""

    groups: list[SequenceGroup] = field(default_factory=list)
    sequences: list[Sequence] = field(default_factory=list)

    def add(self, group: SequenceGroup, sequence: Sequence) -> None:
        self.groups.append(group)
        self.sequences.append(sequence)


@dataclass(slots=True)
class _Input:
    """What the model reads in one step. `wanted` numbers the tokens after which logits are needed."""

    plan: AttentionPlan
    input_ids: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)

    def add(self, token_ids: list[int], positions: Iterable[int], num_wanted: int) -> None:
        self.input_ids += token_ids
        self.positions += positions
        self.wanted += range(len(self.input_ids) - num_wanted, len(self.input_ids))


class ModelRunner:
    """Runs one checkpoint's model. On a GPU `capture` records steps that only decode."""

    def __init__(self, model: GPT2, vocabulary: Vocabulary, arena: Arena, capture: Capture | None = None) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._memory = arena.all_as(model.cell_shape.dtype)
        self._graphs = DecodeGraphs(model, self._memory, capture) if capture else None

    def run(self, batch: Batch) -> tuple[Rows, Tensor]:
        """Returns the sequences to draw for, and their logits (num_sequences, vocab_size)."""
        model_input = _Input(AttentionPlan(self._memory, self._model.cell_shape))
        for group in batch.decoding:
            self._add_decode(model_input, group)
        for group, size in batch.prefills:
            self._add_prefill(model_input, group, size)
        logits = self._forward(model_input)
        rows = Rows()
        for group in batch.decoding:
            for sequence in group.open_sequences:
                rows.add(group, sequence)
        parts = [logits[: len(rows.sequences)]]
        first = len(rows.sequences)
        for group, size in batch.prefills:
            num_wanted = _num_wanted(group, size)
            root = group.end_prefill(size, logits[first : first + num_wanted])
            first += num_wanted
            if root is not None:
                parts.append(self._start_decoding(group, root, rows))
        return rows, torch.cat(parts) if len(parts) > 1 else parts[0]

    def _forward(self, model_input: _Input) -> Tensor:
        if not model_input.input_ids:
            return torch.empty(0, self._model.shape.vocab_size, device=self._model.device)
        tokens = (model_input.input_ids, model_input.positions, model_input.plan)
        logits = self._graphs.run(*tokens) if self._graphs else None
        if logits is None:
            model_input.plan.close()
            logits = self._model.forward(*tokens, model_input.wanted)
        return logits

    def _add_decode(self, model_input: _Input, group: SequenceGroup) -> None:
        sequences = group.open_sequences
        group.decode(model_input.plan)
        token_ids = [sequence.token_ids[-1] for sequence in sequences]
        positions = [sequence.last_position for sequence in sequences]
        model_input.add(token_ids, positions, num_wanted=len(sequences))

    def _add_prefill(self, model_input: _Input, group: SequenceGroup, size: int) -> None:
        start = len(group.slot.token_ids)
        if size:
            model_input.plan.read_prompt(group.slot.cells, start, start + size)
        token_ids = group.prompt.token_ids[start : start + size]
        model_input.add(token_ids, range(start, start + size), _num_wanted(group, size))

    def _start_decoding(self, group: SequenceGroup, root: Tensor, rows: Rows) -> Tensor:
        """Lets each sequence choose its way out of the prompt; returns the logits they draw from."""
        paths = find_paths(group.prompt, root, self._vocabulary)
        chosen: list[int] = []
        for sequence in group.sequences:
            is_greedy = sequence.params.temperature == 0
            kept, sequence.healing = paths.choose(sequence.random.random(), is_greedy)
            sequence.num_prompt_tokens = group.prompt.num_committed + kept
            rows.add(group, sequence)
            chosen.append(kept)
        group.start_decoding()
        return root[torch.tensor(chosen, device=root.device)]


def _num_wanted(group: SequenceGroup, size: int) -> int:
    """After how many of the next `size` prompt tokens logits are wanted: those that healing needs and nobody kept."""
    return min(size, len(group.prompt.pending)) if size == group.num_unread else 0

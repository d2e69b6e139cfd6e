"""From a step's logits to the next token of each row: what the request changes in them, the draw, the thoughts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import torch
from torch import Tensor

from generation.engine.banning import find_forbidden
from generation.engine.logits_processors import add_bias, allow_only, forbid, penalise_own, penalise_repetition
from generation.engine.model_runner import Rows
from generation.engine.parity import TransformersDraw
from generation.engine.parting import find_earlier_twins, keep_apart
from generation.engine.sampler import RowParams, draw_uniforms, sample
from generation.engine.sequence import Sequence
from generation.engine.sequence_group import SequenceGroup
from generation.engine.thoughts import think
from generation.engine.vocabulary import Vocabulary
from generation.messages import Thought


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row's token, None where the model, or the request, left none to draw."""

    token_id: int | None
    thought: Thought | None = None


def draw(rows: Rows, logits: Tensor, vocabulary: Vocabulary) -> list[Drawn]:
    """`logits` (num_rows, vocab_size), overwritten."""
    asking = [number for number, row in enumerate(rows.sequences) if row.params.num_alternatives is not None]
    as_thought = logits[asking]
    repeated = _draw_as_transformers(rows, logits)
    for number, (group, sequence) in enumerate(zip(rows.groups, rows.sequences, strict=True)):
        process(logits, number, group, sequence, vocabulary)
    is_usable = logits.amax(-1).isfinite()
    if not is_usable.all():
        logits[~is_usable] = 0
    drawn = _sample(rows, logits)
    token_ids = [repeated.get(number, token_id) for number, token_id in enumerate(drawn)]
    num_alternatives = [rows.sequences[number].params.num_alternatives or 0 for number in asking]
    thoughts = think(as_thought, [token_ids[number] for number in asking], num_alternatives) if asking else []
    thought_of = dict(zip(asking, thoughts, strict=True))
    return [
        Drawn(token_id, thought_of.get(number)) if usable else Drawn(None)
        for number, (token_id, usable) in enumerate(zip(token_ids, is_usable.tolist(), strict=True))
    ]


def _draw_as_transformers(rows: Rows, logits: Tensor) -> dict[int, int]:
    """The tokens of the rows whose request wants those of transformers, by their number."""
    numbers_of: dict[TransformersDraw, list[int]] = defaultdict(list)
    for number, group in enumerate(rows.groups):
        if group.transformers is not None:
            numbers_of[group.transformers].append(number)
    drawn: dict[int, int] = {}
    for transformers, numbers in numbers_of.items():
        indices = [rows.sequences[number].index for number in numbers]
        token_ids = transformers.draw(logits[numbers], indices)
        if token_ids is None:
            # These rows fail as those do that the model left unusable, and no other.
            logits[numbers] = torch.nan
            continue
        drawn.update(zip(numbers, token_ids, strict=True))
    return drawn


def process(logits: Tensor, number: int, group: SequenceGroup, sequence: Sequence, vocabulary: Vocabulary) -> None:
    """Changes row `number` as its request wants, in the order of transformers and OpenAI's interface."""
    params = sequence.params
    if params.logit_bias:
        add_bias(logits, number, params.logit_bias)
    if params.repetition_penalty != 1:
        penalise_repetition(logits, number, params.repetition_penalty, _seen(group, sequence))
    if (params.presence_penalty or params.frequency_penalty) and sequence.token_ids:
        penalise_own(logits, number, params.presence_penalty, params.frequency_penalty, sequence.token_ids)
    if params.banned:
        banned = [string.encode() for string in params.banned]
        before = _bytes_before(group, sequence, max(map(len, banned)), vocabulary)
        forbid(logits, number, find_forbidden(banned, before, sequence.healing.missing, vocabulary))
    if not sequence.healing.is_done:
        allow_only(logits, number, sequence.healing.allowed(vocabulary))


def _seen(group: SequenceGroup, sequence: Sequence) -> list[int]:
    """What the sequence continues, without the `<|endoftext|>` that opens every text."""
    return [*group.prompt.token_ids[1 : sequence.num_prompt_tokens], *sequence.token_ids]


def _bytes_before(group: SequenceGroup, sequence: Sequence, num_bytes: int, vocabulary: Vocabulary) -> bytes:
    """At least `num_bytes` of the end of what the next token follows, where there are so many."""
    token_ids = _seen(group, sequence)[-num_bytes:]
    return b"".join(vocabulary.token_bytes[token_id] for token_id in token_ids)


def _sample(rows: Rows, logits: Tensor) -> list[int]:
    """Draws a token of each row; first of those without earlier twins, then of those with one, and so on."""
    params = _row_params(rows, logits.device)
    twins = find_earlier_twins(rows)
    if not any(twins):
        return sample(logits, params)
    drawn = [0] * len(twins)
    for turn in range(1 + max(map(len, twins))):
        numbers = [number for number, earlier in enumerate(twins) if len(earlier) == turn]
        for number in numbers if turn else ():
            keep_apart(logits, number, [drawn[other] for other in twins[number]])
        for number, token_id in zip(numbers, sample(logits[numbers], params.of_rows(numbers)), strict=True):
            drawn[number] = token_id
    return drawn


def _row_params(rows: Rows, device: torch.device) -> RowParams:
    params = [sequence.params for sequence in rows.sequences]
    uniforms = [draw_uniforms(sequence.random) for sequence in rows.sequences]
    return RowParams.of(params, uniforms, device)

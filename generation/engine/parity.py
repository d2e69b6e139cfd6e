"""Draws as transformers' text-generation pipeline does, token for token, for who wants to repeat a published call.

`pipeline("text-generation", model=...)(prompt, num_return_sequences=n, max_length=m)` after `set_seed(seed)` resolves
its defaults in many places: the pipeline's own, the checkpoint's generation config, what was passed. Here the
installed transformers resolves them itself, with a model of no size in place of the real one, and stops where decoding
would begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from generation.errors import InvalidParams
from generation.messages import TransformersCall

if TYPE_CHECKING:
    from transformers import GenerationConfig, GPT2LMHeadModel
    from transformers.generation import LogitsProcessorList


@dataclass(frozen=True, slots=True)
class ResolvedCall:
    """A call as transformers decodes it. `input_ids` (num_sequences, num_prompt_tokens)."""

    input_ids: Tensor
    processors: LogitsProcessorList
    is_sampling: bool
    max_length: int
    ends_of_text: list[int]
    pad_token_id: int


def resolve(call: TransformersCall, prompt: str, folder: Path) -> ResolvedCall:
    """`folder` holds the checkpoint's files. Raises InvalidParams where transformers refuses the call."""
    # Importing it takes seconds and a hundred MB, which nobody pays who does not ask for it.
    from transformers import AutoTokenizer, pipeline

    resolved: list[ResolvedCall] = []

    def stop_before_decoding(
        model: GPT2LMHeadModel,
        input_ids: Tensor,
        logits_processor: LogitsProcessorList,
        stopping_criteria: object,
        generation_config: GenerationConfig,
        **_: Any,
    ) -> Tensor:
        resolved.append(_describe(input_ids, logits_processor, generation_config))
        return input_ids

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        generate = pipeline("text-generation", model=_sizeless(folder), tokenizer=tokenizer)
        generate(prompt, custom_generate=stop_before_decoding, **call.given())
    except (ValueError, TypeError, OSError) as error:
        raise InvalidParams(f"transformers refuses the call: {error}") from error
    return resolved[0]


class TransformersDraw:
    """The draws of one request: all its sequences in each step, ended ones too, from one generator."""

    def __init__(self, call: ResolvedCall, seed: int) -> None:
        self._call = call
        self._input_ids = call.input_ids
        self._generator = torch.Generator().manual_seed(seed)

    def draw(self, logits: Tensor, open_rows: list[int]) -> list[int] | None:
        """Returns the tokens of the sequences that have not ended, whose `logits` (len(open_rows), vocab_size) are.

        None where no distribution is left to draw from, as a temperature next to nothing leaves none.
        """
        scores = logits.new_zeros(len(self._input_ids), logits.shape[1])
        scores[open_rows] = logits
        scores = self._call.processors(self._input_ids, scores)
        chosen = self._choose(scores)
        if chosen is None:
            return None
        token_ids = torch.full((len(scores),), self._call.pad_token_id)
        token_ids[open_rows] = chosen[open_rows]
        self._input_ids = torch.cat((self._input_ids, token_ids[:, None]), dim=1)
        return token_ids[open_rows].tolist()

    def _choose(self, scores: Tensor) -> Tensor | None:
        if not self._call.is_sampling:
            return scores.argmax(-1)
        probabilities = scores.softmax(-1)
        if not probabilities.isfinite().all():
            return None
        return torch.multinomial(probabilities, num_samples=1, generator=self._generator)[:, 0]


def _sizeless(folder: Path) -> GPT2LMHeadModel:
    """Has the checkpoint's configuration in all that decides how it is decoded, and next to no weights."""
    from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel

    config = GPT2Config.from_pretrained(folder, n_layer=0, n_embd=1, n_head=1)
    model = GPT2LMHeadModel(config)
    if (folder / "generation_config.json").exists():
        model.generation_config = GenerationConfig.from_pretrained(folder)
    return model


def _describe(input_ids: Tensor, processors: LogitsProcessorList, config: GenerationConfig) -> ResolvedCall:
    ends = config.eos_token_id
    ends_of_text: list[int] = [] if ends is None else ends if isinstance(ends, list) else [ends]
    return ResolvedCall(
        input_ids,
        processors,
        bool(config.do_sample),
        int(config.max_length),
        ends_of_text,
        # Nothing follows what is drawn for a sequence that has ended, so any token does where none is named.
        int(config.pad_token_id if config.pad_token_id is not None else next(iter(ends_of_text), 0)),
    )

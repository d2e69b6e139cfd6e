"""What the engine should answer, computed the slow way: transformers' model, no cache, one continuation at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import GPT2LMHeadModel

from generation.engine.healing import find_paths, make_healable
from generation.engine.logits_processors import allow_only, penalise_repetition
from generation.engine.sampler import RowParams, draw_uniforms, sample
from generation.engine.sequence import Sequence
from generation.engine.tokenizer import Tokenizer
from generation.engine.vocabulary import Vocabulary
from generation.engine.window import visible_tail
from generation.messages import SamplingParams


@dataclass
class Oracle:
    model: GPT2LMHeadModel
    tokenizer: Tokenizer
    vocabulary: Vocabulary

    @classmethod
    def of(cls, folder: Path, model: GPT2LMHeadModel) -> Oracle:
        tokenizer = Tokenizer.from_folder(folder)
        return cls(model, tokenizer, Vocabulary(tokenizer.token_bytes))

    def token_ids(self, prompt: str, **params: object) -> list[list[int]]:
        """The tokens of each continuation."""
        sampling_params = SamplingParams(**{"stop_at": "none", **params})  # type: ignore[arg-type]
        return [self._continue(prompt, sampling_params, index) for index in range(sampling_params.num_rows)]

    @torch.inference_mode()
    def likeliest(self, prompt: str, token_ids: list[int], **params: object) -> list[int]:
        """The likeliest token after the prompt, and after each of `token_ids` but the last: one pass for all.

        These are the same tokens if and only if they are what greedy decoding gives.
        """
        sampling_params = SamplingParams(**{"stop_at": "none", "temperature": 0, **params})  # type: ignore[arg-type]
        context, sequence = self._begin(prompt, sampling_params, 0)
        logits = self.model(torch.tensor([context + token_ids[:-1]])).logits[0, len(context) - 1 :]
        for row, token_id in enumerate(token_ids):
            if not sequence.healing.is_done:
                allow_only(logits, row, sequence.healing.allowed(self.vocabulary))
            sequence.push(token_id, self.model.config.n_positions)
        return logits.argmax(-1).tolist()

    @torch.inference_mode()
    def _continue(self, text: str, params: SamplingParams, index: int) -> list[int]:
        context, sequence = self._begin(text, params, index)
        while sequence.is_open:
            logits = self.model(torch.tensor([context + sequence.token_ids])).logits[0, -1:]
            penalise_repetition(logits, 0, params.repetition_penalty, context[1:] + sequence.token_ids)
            if not sequence.healing.is_done:
                allow_only(logits, 0, sequence.healing.allowed(self.vocabulary))
            row_params = RowParams.of([params], [draw_uniforms(sequence.random)], logits.device)
            sequence.push(sample(logits, row_params)[0], self.model.config.n_positions)
        return sequence.token_ids

    def _begin(self, text: str, params: SamplingParams, index: int) -> tuple[list[int], Sequence]:
        """The tokens to continue, as healing has chosen, and the continuation without any of its own."""
        context_length = self.model.config.n_positions
        max_tokens = context_length - 1 - min(params.max_new_tokens, context_length // 2)
        prompt = make_healable(visible_tail(text, self.tokenizer, max_tokens), self.tokenizer, max_tokens)
        sequence = Sequence(index, params, self.tokenizer)
        logits = self.model(torch.tensor([prompt.token_ids])).logits[0, -len(prompt.pending) :]
        paths = find_paths(prompt, logits, self.vocabulary)
        kept, sequence.healing = paths.choose(sequence.random.random(), params.temperature == 0)
        sequence.num_prompt_tokens = prompt.num_committed + kept
        return prompt.token_ids[: sequence.num_prompt_tokens], sequence

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
    def _continue(self, text: str, params: SamplingParams, index: int) -> list[int]:
        context_length = self.model.config.n_positions
        max_tokens = context_length - 1 - min(params.max_new_tokens, context_length // 2)
        prompt = make_healable(visible_tail(text, self.tokenizer, max_tokens), self.tokenizer, max_tokens)
        sequence = Sequence(index, params, self.tokenizer)
        logits = self.model(torch.tensor([prompt.token_ids])).logits[0, -len(prompt.pending) :]
        paths = find_paths(prompt, logits, self.vocabulary)
        kept, sequence.healing = paths.choose(sequence.random.random(), params.temperature == 0)
        sequence.num_prompt_tokens = prompt.num_committed + kept
        context = prompt.token_ids[: sequence.num_prompt_tokens]
        while sequence.is_open:
            logits = self.model(torch.tensor([context + sequence.token_ids])).logits[0, -1:]
            penalise_repetition(logits, 0, params.repetition_penalty, context[1:] + sequence.token_ids)
            if not sequence.healing.is_done:
                allow_only(logits, 0, sequence.healing.allowed(self.vocabulary))
            row_params = RowParams.of([params], [draw_uniforms(sequence.random)], logits.device)
            sequence.push(sample(logits, row_params)[0], context_length)
        return sequence.token_ids

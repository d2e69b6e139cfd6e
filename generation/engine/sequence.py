"""One continuation being decoded: its tokens, its text, its end. Knows nothing of tensors."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from generation.engine.detokenizer import Detokenizer
from generation.engine.healing import Healing
from generation.engine.stopping import Stopper
from generation.engine.tokenizer import Tokenizer
from generation.messages import FinishReason, SamplingParams


@dataclass(slots=True)
class Sequence:
    """Continuation `index` of a request.

    `num_prompt_tokens` says how many of the prompt's tokens it continues, once healing has chosen; `logprobs` are those
    of its tokens where the request asks for them.
    """

    index: int
    params: SamplingParams
    tokenizer: Tokenizer
    end_of_prompt: str = ""
    random: Random = field(init=False)
    num_prompt_tokens: int = 0
    healing: Healing = field(default_factory=lambda: Healing(b"", forbids_space=False))
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    finish_reason: FinishReason | None = None
    _detokenizer: Detokenizer = field(default_factory=Detokenizer)
    _stopper: Stopper = field(init=False)

    def __post_init__(self) -> None:
        # Seeded by text, Python's generator gives the same numbers on every machine and in every version.
        self.random = Random(f"{self.params.seed}/{self.index}")
        self._stopper = Stopper(self.params.stop_at, self.params.stop, self.end_of_prompt)

    @property
    def text(self) -> str:
        return self._stopper.passed

    @property
    def is_open(self) -> bool:
        return self.finish_reason is None

    @property
    def last_position(self) -> int:
        """The position of the last token in the model's context."""
        return self.num_prompt_tokens + len(self.token_ids) - 1

    def is_like(self, other: Sequence) -> bool:
        """Whether both continue the same tokens of the prompt with the same tokens."""
        return self.num_prompt_tokens == other.num_prompt_tokens and self.token_ids == other.token_ids

    def push(self, token_id: int, context_length: int) -> str:
        """Takes the next token and returns the text that may be shown of it."""
        self.token_ids.append(token_id)
        if token_id == self.tokenizer.end_of_text:
            self.finish_reason = "stop"
            return self._stopper.flush()
        added = self.healing.accept(self.tokenizer.token_bytes[token_id])
        shown = self._stopper.push(self._detokenizer.push(added))
        if self._stopper.is_stopped:
            self.finish_reason = "stop"
        elif len(self.token_ids) >= self.params.max_new_tokens or self.last_position + 1 >= context_length:
            self.finish_reason = "length"
            shown += self._stopper.flush()
        return shown

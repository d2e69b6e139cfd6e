"""What a training run is asked for: the sizes, the pace and the limits, with the values that made novels-7m."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HEAD_SIZE = 64  # GPT-2's own; a head much narrower than this attends poorly

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """One run. Times are wall clock; a resumed run counts the time its earlier parts took."""

    corpus: Path
    output: Path
    held_out: tuple[str, ...] = ()  # file names without .txt
    epochs: float = 3.0
    hours: float | None = None  # anneal and end by then, whatever part of the epochs is done
    seed: int = 0
    batch_size: int = 8  # sequences of `context` tokens
    learning_rate: float = 3e-3  # AdamW: embeddings, norms and biases
    matrix_learning_rate: float = 0.02  # Muon: the matrices of the blocks
    warmup_steps: int = 100
    vocabulary: int = 8192
    context: int = 512
    width: int = 256
    layers: int = 6
    precision: Precision = "auto"
    compile: bool = False
    resume: bool = False
    state_minutes: float = 10.0
    export_minutes: float = 20.0

    def __post_init__(self) -> None:
        if self.width % HEAD_SIZE:
            raise ValueError(f"width is {self.width}, expected a multiple of the head size {HEAD_SIZE}")
        if self.vocabulary < 257:
            raise ValueError(f"vocabulary is {self.vocabulary}, expected at least 256 bytes and <|endoftext|>")
        if self.batch_size < 1 or self.epochs <= 0:
            raise ValueError(f"batch_size {self.batch_size} and epochs {self.epochs} must both be positive")

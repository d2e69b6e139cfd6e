"""Runs the steps of a training run, saves its state and exports checkpoints. Knows nothing of files of text."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import torch
from tqdm import tqdm  # type: ignore[import-untyped]
from transformers import PreTrainedTokenizerFast

from generation.evaluation.loss import HeldOutLoss
from generation.training.batches import Batches
from generation.training.held_out import measure
from generation.training.model import compile_loss, export, make_loss, make_model, make_optimizers
from generation.training.options import TrainingOptions
from generation.training.schedule import progress, rate
from generation.training.tokenizer import save_tokenizer

logger = logging.getLogger(__name__)

STATE = "state.pt"
CHECKPOINT = "checkpoint"
GLANCE_TOKENS = 32_768  # of the held-out text for a measure on the way; the last one reads all of it
MAX_NORM = 1.0


class Trainer:
    """One run on one device, from its start or its saved state to its end."""

    def __init__(
        self,
        options: TrainingOptions,
        tokenizer: PreTrainedTokenizerFast,
        batches: Batches,
        held_out: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        torch.manual_seed(options.seed)
        self.options = options
        self.tokenizer = tokenizer
        self.batches = batches
        self.held_out = held_out
        self.clock = clock
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = make_model(options, len(tokenizer)).to(self.device)
        self.optimizers = make_optimizers(self.model, options)
        self.num_steps = max(1, round(options.epochs * batches.steps_per_epoch))
        self.step = 0
        self.earlier_s = 0.0
        self.started = clock()

    @property
    def elapsed_s(self) -> float:
        return self.earlier_s + self.clock() - self.started

    @property
    def done(self) -> float:
        limit_s = self.options.hours * 3600 if self.options.hours is not None else None
        return progress(self.step, self.num_steps, self.elapsed_s, limit_s)

    def run(self, stop_after: int | None = None) -> HeldOutLoss | None:
        """Trains to the end, or for `stop_after` steps, and returns the exported model's loss on the held-out text."""
        loss = self._loss()
        saved = exported = self.clock()
        last = self.num_steps if stop_after is None else min(self.num_steps, self.step + stop_after)
        with tqdm(total=self.num_steps, initial=self.step, unit="step", mininterval=5, dynamic_ncols=True) as bar:
            while self.step < last and (done := self.done) < 1:
                bar.set_postfix(loss=f"{self._take_step(loss, done):.3f}", done=f"{done:.1%}", refresh=False)
                bar.update()
                if self.clock() - saved > self.options.state_minutes * 60:
                    self.save()
                    saved = self.clock()
                if self.clock() - exported > self.options.export_minutes * 60:
                    self.export(GLANCE_TOKENS)
                    exported = self.clock()
        self.save()
        return self.export() if self.done >= 1 else None

    def _loss(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        loss = make_loss(self.model, self.options.precision)
        if not self.options.compile:
            return loss
        input_ids, targets = self.batches.batch(self.step)
        loss = compile_loss(loss, input_ids.to(self.device), targets.to(self.device))
        self.model.zero_grad()
        return loss

    def _take_step(self, loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], done: float) -> float:
        input_ids, targets = self.batches.batch(self.step)
        value = loss(input_ids.to(self.device), targets.to(self.device))
        torch.autograd.backward(value)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), MAX_NORM)
        factor = rate(self.step, self.options.warmup_steps, done)
        bases = (self.options.matrix_learning_rate, self.options.learning_rate)
        for optimizer, base in zip(self.optimizers, bases, strict=True):
            optimizer.param_groups[0]["lr"] = base * factor
            optimizer.step()
        self.model.zero_grad()
        self.step += 1
        return value.item()

    def save(self) -> None:
        """Writes all that --resume needs; renamed into place, so that a killed run leaves a whole state."""
        state = {
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        partial = self.options.output / f"{STATE}.partial"
        torch.save(state, partial)
        partial.replace(self.options.output / STATE)

    def load(self) -> None:
        """Goes back to the saved state; raises FileNotFoundError where there is none."""
        state = torch.load(self.options.output / STATE, map_location=self.device, weights_only=True)
        self.step, self.earlier_s = state["step"], state["elapsed_s"]
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)

    def export(self, max_tokens: int | None = None) -> HeldOutLoss | None:
        """Writes a checkpoint folder and logs its loss on the held-out text (or its first `max_tokens`)."""
        folder: Path = self.options.output / CHECKPOINT
        exported = export(self.model, folder)
        save_tokenizer(self.tokenizer, folder)
        if not self.held_out:
            return None
        measured = measure(exported, self.tokenizer, self.held_out, max_tokens)
        logger.info("step %d, %.0f s: held out %s", self.step, self.elapsed_s, measured)
        return measured

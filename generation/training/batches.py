"""Deals out training windows. The order depends on the seed and the step alone, so a resumed run sees the same ones."""

import torch
from transformers import PreTrainedTokenizerFast

from generation.training.tokenizer import END_OF_TEXT_ID

IGNORED = -100  # the target that cross_entropy skips


def encode_pieces(tokenizer: PreTrainedTokenizerFast, pieces: list[str]) -> list[torch.Tensor]:
    """Returns each piece's tokens behind <|endoftext|>, which is how a document starts."""
    # The backend is asked directly: the pieces are longer than the context on purpose, and that would be warned about.
    encoded = tokenizer.backend_tokenizer.encode_batch(pieces, add_special_tokens=False)
    return [torch.tensor([END_OF_TEXT_ID, *piece.ids], dtype=torch.int32) for piece in encoded]


class Batches:
    """Shuffles the pieces anew for each epoch, strings them together and cuts windows of `context` tokens.

    Pieces are cut without regard to windows, so most windows begin mid-document and some positions see a document
    start: both are what the editor will ask about.
    """

    def __init__(self, pieces: list[torch.Tensor], context: int, batch_size: int, seed: int) -> None:
        self.pieces = pieces
        self.context = context
        self.batch_size = batch_size
        self.seed = seed
        self.num_tokens = sum(len(piece) for piece in pieces)
        self.steps_per_epoch = (self.num_tokens - 1) // context // batch_size
        if not self.steps_per_epoch:
            needed = context * batch_size
            raise ValueError(f"the corpus has {self.num_tokens} tokens, expected more than one batch of {needed}")
        self.epoch = -1
        self.windows = torch.empty(0)

    def batch(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the input ids and targets of one step, each (batch_size, context)."""
        epoch, index = divmod(step, self.steps_per_epoch)
        if epoch != self.epoch:
            self.epoch, self.windows = epoch, self._shuffled(epoch)
        windows = self.windows[index * self.batch_size :][: self.batch_size].long()
        targets = windows[:, 1:].clone()
        # Pieces end where we cut them, not where a writer would: the model is not taught to stop there.
        targets[targets == END_OF_TEXT_ID] = IGNORED
        return windows[:, :-1], targets

    def _shuffled(self, epoch: int) -> torch.Tensor:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        order = torch.randperm(len(self.pieces), generator=generator).tolist()
        tokens = torch.cat([self.pieces[index] for index in order])
        windows = tokens.unfold(0, self.context + 1, self.context)  # (num_windows, context + 1)
        return windows[torch.randperm(len(windows), generator=generator)]

"""Measures a model on books it was not trained on."""

import torch
from torch.nn import functional
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

from generation.evaluation.loss import HeldOutLoss
from generation.training.batches import encode_pieces

BATCH_SIZE = 8


@torch.inference_mode()
def measure(
    model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, text: str, max_tokens: int | None = None
) -> HeldOutLoss:
    """Reads `text` (or its first `max_tokens`) in windows of the whole context that do not overlap.

    A window's first tokens are predicted from little, so this is a little worse than a sliding window would say.
    """
    tokens = encode_pieces(tokenizer, [text])[0][: max_tokens and max_tokens + 1].long()
    context = model.config.n_positions
    inputs, targets = torch.split(tokens[:-1], context), torch.split(tokens[1:], context)
    # Full windows share batches; the last, shorter one goes alone.
    full = len(tokens[1:]) // context
    nats = sum(
        batch_nats(model, torch.stack(inputs[start:end]), torch.stack(targets[start:end]))
        for start in range(0, full, BATCH_SIZE)
        for end in [min(start + BATCH_SIZE, full)]
    )
    if full < len(inputs):
        nats += batch_nats(model, inputs[-1][None], targets[-1][None])
    return HeldOutLoss(nats, len(tokens) - 1, len(tokenizer.decode(tokens[1:].tolist())))


def batch_nats(model: GPT2LMHeadModel, inputs: torch.Tensor, targets: torch.Tensor) -> float:
    """Returns the summed cross-entropy of one batch, inputs and targets each (num_windows, num_tokens)."""
    logits = model(input_ids=inputs.to(model.device), use_cache=False).logits  # (num_windows, num_tokens, vocabulary)
    targets = targets.to(model.device)
    return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="sum").item()

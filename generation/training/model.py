"""Makes a GPT-2, its loss and its optimisers, and exports it as a folder that transformers loads."""

import copy
import logging
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel

from generation.training.batches import IGNORED
from generation.training.muon import Muon
from generation.training.options import HEAD_SIZE, Precision, TrainingOptions
from generation.training.tokenizer import END_OF_TEXT_ID

logger = logging.getLogger(__name__)

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def make_model(options: TrainingOptions, vocabulary: int) -> GPT2LMHeadModel:
    """Returns an untrained GPT-2 with tied embeddings; the caller seeds torch."""
    config = GPT2Config(
        vocab_size=vocabulary,
        n_positions=options.context,
        n_embd=options.width,
        n_layer=options.layers,
        n_head=options.width // HEAD_SIZE,
        bos_token_id=END_OF_TEXT_ID,
        eos_token_id=END_OF_TEXT_ID,
        # At most a few passes over the books: there is nothing to regularise, and dropout would only slow learning.
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        resid_pdrop=0.0,
    )
    return GPT2LMHeadModel(config)


def make_optimizers(model: GPT2LMHeadModel, options: TrainingOptions) -> list[torch.optim.Optimizer]:
    """Returns Muon for the blocks' matrices and AdamW for the embeddings, norms and biases."""
    matrices = [parameter for parameter in model.transformer.h.parameters() if parameter.ndim == 2]
    ours = {id(parameter) for parameter in matrices}
    others = [parameter for parameter in model.parameters() if id(parameter) not in ours]
    return [
        Muon(matrices, lr=options.matrix_learning_rate),
        torch.optim.AdamW(others, lr=options.learning_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    ]


def make_loss(model: GPT2LMHeadModel, precision: Precision) -> Loss:
    """Returns the mean cross-entropy of (input ids, targets), under autocast where bf16 is asked for or pays."""
    device = model.device.type
    is_bfloat16 = precision == "bfloat16" or (precision == "auto" and has_bfloat16_units(device))

    def loss(input_ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        with torch.autocast(device, torch.bfloat16, enabled=is_bfloat16):
            logits = model(input_ids=input_ids, use_cache=False).logits  # (batch_size, context, vocabulary)
        return functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED)

    return loss


def has_bfloat16_units(device: str) -> bool:
    """Says whether bf16 is faster than fp32 here; a CPU without units for it is some thirty times slower."""
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def compile_loss(loss: Loss, input_ids: torch.Tensor, targets: torch.Tensor) -> Loss:
    """Returns the compiled loss, tried on one batch, or `loss` itself where there is no compiler."""
    compiled = torch.compile(loss, dynamic=False)
    try:
        torch.autograd.backward(compiled(input_ids, targets))
    except RuntimeError as error:
        logger.warning("not compiled, training goes on slower: %s", str(error).splitlines()[0])
        return loss
    return compiled


def export(model: GPT2LMHeadModel, folder: Path) -> GPT2LMHeadModel:
    """Writes config.json and model.safetensors in bf16, and returns the model as its readers will have it, in fp32."""
    rounded = copy.deepcopy(model).to("cpu", torch.bfloat16)
    rounded.save_pretrained(folder)
    return rounded.float().to(model.device).eval()

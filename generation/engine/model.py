"""GPT-2's forward pass over a batch of tokens. Equal to transformers' in fp32; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engine.gelu import gelu
from generation.engine.kv_cache import CellShape
from generation.engine.linear import Linear, LinearMaker, fill_up, make_linear, num_rows_for
from generation.engine.token_table import TokenTable, TokenTableInMemory


@dataclass(frozen=True, slots=True)
class ModelShape:
    """The numbers of a GPT-2's config.json that its forward pass needs."""

    vocab_size: int
    context_length: int
    width: int
    num_layers: int
    num_heads: int
    layer_norm_epsilon: float

    @property
    def head_size(self) -> int:
        return self.width // self.num_heads


class Attention(Protocol):
    def attend(self, qkv: Tensor, layer: int) -> Tensor:
        """Queries, keys and values (num_tokens, 3 * width) to what each token has gathered (num_tokens, width)."""
        ...


class Layer:
    """One transformer block: attention, then the two-layer perceptron."""

    def __init__(
        self, weights: Mapping[str, Tensor], index: int, shape: ModelShape, dtype: torch.dtype, make: LinearMaker
    ) -> None:
        self.index = index
        self.norm_before_attention = _Norm(weights, f"h.{index}.ln_1", shape)
        self.norm_before_perceptron = _Norm(weights, f"h.{index}.ln_2", shape)
        self.query_key_value = _linear(weights, f"h.{index}.attn.c_attn", dtype, make)
        self.attention_out = _linear(weights, f"h.{index}.attn.c_proj", dtype, make)
        self.perceptron_in = _linear(weights, f"h.{index}.mlp.c_fc", dtype, make)
        self.perceptron_out = _linear(weights, f"h.{index}.mlp.c_proj", dtype, make)

    @property
    def linears(self) -> tuple[Linear, ...]:
        return self.query_key_value, self.attention_out, self.perceptron_in, self.perceptron_out

    def gather(self, x: Tensor, attention: Attention, num_tokens: int) -> Tensor:
        """What each token has gathered (num_tokens, width).

        `x` (rows, width) has the tokens in its first rows; the others fill it up.
        """
        qkv = self.query_key_value(self.norm_before_attention(x))
        return attention.attend(qkv[:num_tokens], self.index)

    def transform(self, x: Tensor, gathered: Tensor) -> Tensor:
        """The layer's outcome, row by row, of what came into it and was gathered."""
        x = x + self.attention_out(fill_up(gathered, len(x)))
        hidden = gelu(self.perceptron_in(self.norm_before_perceptron(x)))
        return x + self.perceptron_out(hidden)


class GPT2:
    """A GPT-2 with its weights; `weights` have transformers' names without the `transformer.` prefix.

    They are copied, so the file they may be mapped from need not stay. `token_table` is the embedding to look tokens
    up in, the one of `weights` where none is given.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        shape: ModelShape,
        dtype: torch.dtype,
        token_table: TokenTable | None = None,
        make_linear: LinearMaker = make_linear,
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        # The embedding is the output layer too and stays in fp32: logits rounded to bf16 would lose the
        # difference between likely tokens.
        self.head = make_linear(weights["wte.weight"].float(), None)
        self.token_table = token_table or TokenTableInMemory(weights["wte.weight"])
        self.position_embedding = _copied(weights["wpe.weight"])
        self.layers = [Layer(weights, index, shape, dtype, make_linear) for index in range(shape.num_layers)]
        self.final_norm = _Norm(weights, "ln_f", shape)

    @property
    def device(self) -> torch.device:
        return self.position_embedding.device

    @property
    def cell_shape(self) -> CellShape:
        # A CPU widens bf16 first and gains nothing by it but memory.
        dtype = torch.float32 if self.device.type == "cpu" else self.dtype
        return CellShape(self.shape.num_layers, self.shape.num_heads, self.shape.head_size, dtype)

    def forward(
        self, input_ids: Sequence[int], positions: Sequence[int], attention: Attention, wanted: Sequence[int]
    ) -> Tensor:
        """Returns the logits after the tokens numbered `wanted`: fp32 of shape (len(wanted), vocab_size)."""
        tokens = (self._tensor(input_ids), self._tensor(positions))
        return self.run(*tokens, attention, self._tensor(wanted))

    def run(self, input_ids: Tensor, positions: Tensor, attention: Attention, wanted: Tensor) -> Tensor:
        """As `forward`, of integer tensors: a GPU's graph keeps them."""
        num_tokens = len(input_ids)
        x = self.token_table(input_ids) + self.position_embedding[positions]
        x = fill_up(x, self._num_rows(num_tokens))
        *before, last = self.layers
        for layer in before:
            x = layer.transform(x, layer.gather(x, attention, num_tokens))
        # The other tokens' keys and values are all that anybody will want of them. So up to here `x` has as many rows
        # as there are tokens, or more, and from here as many as are wanted, or more.
        gathered = last.gather(x, attention, num_tokens)[wanted]
        if not len(wanted):
            return x.new_empty(0, self.shape.vocab_size)
        x = last.transform(fill_up(x[wanted], self._num_rows(len(wanted))), gathered)
        return self.head(self.final_norm(x))[: len(wanted)]

    @property
    def num_bytes(self) -> int:
        """What the weights take in memory, the vectors not counted: they are a thousandth of it."""
        layers = sum(linear.num_bytes for layer in self.layers for linear in layer.linears)
        return layers + self.head.num_bytes + self.token_table.num_bytes + self.position_embedding.nbytes

    @property
    def is_compiled(self) -> bool:
        """Whether kernels of ours do the model's work, but for what hardly counts."""
        return self.head.is_compiled

    def _num_rows(self, num_tokens: int) -> int:
        """Only PyTorch's products on a CPU care."""
        return num_rows_for(num_tokens) if self.device.type == "cpu" and not self.is_compiled else num_tokens

    def _tensor(self, numbers: Sequence[int]) -> Tensor:
        return torch.tensor(numbers, dtype=torch.long, device=self.device)


class _Norm:
    def __init__(self, weights: Mapping[str, Tensor], name: str, shape: ModelShape) -> None:
        self.weight = _copied(weights[f"{name}.weight"])
        self.bias = _copied(weights[f"{name}.bias"])
        self.epsilon = shape.layer_norm_epsilon

    def __call__(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)


def _linear(weights: Mapping[str, Tensor], name: str, dtype: torch.dtype, make: LinearMaker) -> Linear:
    # GPT-2's files hold its products as (in_features, out_features).
    return make(weights[f"{name}.weight"].to(dtype).t(), weights[f"{name}.bias"].to(dtype, copy=True))


def _copied(weight: Tensor) -> Tensor:
    return weight.to(torch.float32, copy=True)

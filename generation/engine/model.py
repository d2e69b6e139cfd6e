"""GPT-2's forward pass over a batch of segments. Equal to transformers' in fp32; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from generation.engine.linear import Linear, make_linear
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


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive tokens of a batch that share one slot.

    Their keys and values are written to cells `start` to `start + num_tokens` of `kv`, then each token attends to
    all cells before that end under `mask`, which is added to the scores.
    """

    kv: Tensor  # (num_layers, 2, num_heads, num_cells, head_size)
    start: int
    num_tokens: int
    mask: Tensor  # (num_tokens, start + num_tokens), 0 or -inf

    @property
    def end(self) -> int:
        return self.start + self.num_tokens


class Layer:
    """One transformer block: attention, then the two-layer perceptron."""

    def __init__(self, weights: Mapping[str, Tensor], index: int, shape: ModelShape, dtype: torch.dtype) -> None:
        self.index = index
        self.shape = shape
        self.dtype = dtype
        self.norm_before_attention = _Norm(weights, f"h.{index}.ln_1", shape)
        self.norm_before_perceptron = _Norm(weights, f"h.{index}.ln_2", shape)
        self.query_key_value = _linear(weights, f"h.{index}.attn.c_attn", dtype)
        self.attention_out = _linear(weights, f"h.{index}.attn.c_proj", dtype)
        self.perceptron_in = _linear(weights, f"h.{index}.mlp.c_fc", dtype)
        self.perceptron_out = _linear(weights, f"h.{index}.mlp.c_proj", dtype)

    @property
    def linears(self) -> tuple[Linear, ...]:
        return self.query_key_value, self.attention_out, self.perceptron_in, self.perceptron_out

    def __call__(self, x: Tensor, segments: Sequence[Segment]) -> Tensor:
        x = x + self.attention_out(self._attend(self.norm_before_attention(x), segments))
        hidden = F.gelu(self.perceptron_in(self.norm_before_perceptron(x)), approximate="tanh")
        return x + self.perceptron_out(hidden)

    def _attend(self, x: Tensor, segments: Sequence[Segment]) -> Tensor:
        num_tokens = x.shape[0]
        qkv = self.query_key_value(x).to(self.dtype)
        qkv = qkv.view(num_tokens, 3, self.shape.num_heads, self.shape.head_size).permute(1, 2, 0, 3)
        attended = torch.zeros(
            num_tokens, self.shape.num_heads, self.shape.head_size, dtype=self.dtype, device=x.device
        )
        first = 0
        for segment in segments:
            rows = slice(first, first + segment.num_tokens)
            cells = segment.kv[self.index]
            cells[:, :, segment.start : segment.end] = qkv[1:, :, rows]
            keys_and_values = cells[:, None, :, : segment.end]
            attended[rows] = F.scaled_dot_product_attention(
                qkv[None, 0, :, rows], keys_and_values[0], keys_and_values[1], attn_mask=segment.mask
            )[0].transpose(0, 1)
            first = rows.stop
        return attended.view(num_tokens, self.shape.width)


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
    ) -> None:
        self.shape = shape
        self.dtype = dtype
        # The embedding is the output layer too and stays in fp32: logits rounded to bf16 would lose the
        # difference between likely tokens.
        self.head = make_linear(weights["wte.weight"].float(), None)
        self.token_table = token_table or TokenTableInMemory(weights["wte.weight"])
        self.position_embedding = _copied(weights["wpe.weight"])
        self.layers = [Layer(weights, index, shape, dtype) for index in range(shape.num_layers)]
        self.final_norm = _Norm(weights, "ln_f", shape)

    @property
    def device(self) -> torch.device:
        return self.position_embedding.device

    def forward(
        self, input_ids: Sequence[int], positions: Sequence[int], segments: Sequence[Segment], wanted: Sequence[int]
    ) -> Tensor:
        """Returns the logits after the tokens numbered `wanted`: fp32 of shape (len(wanted), vocab_size)."""
        x = self.token_table(self._tensor(input_ids)) + self.position_embedding[self._tensor(positions)]
        for layer in self.layers:
            x = layer(x, segments)
        if not wanted:
            return x.new_empty(0, self.shape.vocab_size)
        return self.head(self.final_norm(x[self._tensor(wanted)]))

    @property
    def num_bytes(self) -> int:
        """What the weights take in memory, the vectors not counted: they are a thousandth of it."""
        layers = sum(linear.num_bytes for layer in self.layers for linear in layer.linears)
        return layers + self.head.num_bytes + self.token_table.num_bytes + self.position_embedding.nbytes

    def _tensor(self, numbers: Sequence[int]) -> Tensor:
        return torch.tensor(numbers, device=self.device)


class _Norm:
    def __init__(self, weights: Mapping[str, Tensor], name: str, shape: ModelShape) -> None:
        self.weight = _copied(weights[f"{name}.weight"])
        self.bias = _copied(weights[f"{name}.bias"])
        self.epsilon = shape.layer_norm_epsilon

    def __call__(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, self.epsilon)


def _linear(weights: Mapping[str, Tensor], name: str, dtype: torch.dtype) -> Linear:
    # GPT-2's files hold its products as (in_features, out_features).
    return make_linear(weights[f"{name}.weight"].to(dtype).t(), weights[f"{name}.bias"].to(dtype, copy=True))


def _copied(weight: Tensor) -> Tensor:
    return weight.to(torch.float32, copy=True)

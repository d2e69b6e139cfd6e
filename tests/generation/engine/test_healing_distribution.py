"""What follows typed text is distributed as the model's own probabilities say, summed over sequences of tokens."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor
from transformers import GPT2LMHeadModel

from generation.engine.tokenizer import Tokenizer
from tests.generation.driver import Driver

# As GPT-2 spells its tokens: "Ġ" is a space. The longer ones in the order that they are merged in.
CHARACTERS = ["a", "b", "c", "Ġ"]
MERGES = ["a b", "Ġ c", "Ġc ab", "ab c", "abc ab", "c ab", "a cab", "Ġcab c", "Ġcabc ab"]
NUM_DRAWS = 1920
# Of what follows the typed text; three tokens are always enough for so much.
NUM_BYTES = 2


@dataclass
class BruteForce:
    """Tries every sequence of tokens that can begin with the typed text."""

    model: GPT2LMHeadModel
    tokenizer: Tokenizer
    typed: bytes
    context: list[int]
    canonical: list[int]
    forbids_space: bool

    def distribution(self) -> dict[str, float]:
        """Of the first NUM_BYTES bytes after the typed ones."""
        shares: Counter[str] = Counter()
        for token_ids, probability in self._spellings([], 1.0):
            for added, share in self._continue(token_ids, probability):
                shares[added[:NUM_BYTES].decode()] += share
        total = sum(shares.values())
        return {text: share / total for text, share in shares.items()}

    def _spellings(self, token_ids: list[int], probability: float) -> Iterator[tuple[list[int], float]]:
        """Sequences of which the last token reaches the end of the typed text, or beyond it."""
        spelled = self._bytes(token_ids)
        if len(spelled) >= len(self.typed):
            # Only the token that crosses the end may differ from how the tokenizer writes the text.
            if token_ids[:-1] == self.canonical[: len(token_ids) - 1] and self._is_allowed(spelled):
                yield token_ids, probability
            return
        for token_id, share in self._next(token_ids):
            longer = spelled + self.tokenizer.token_bytes[token_id]
            if longer.startswith(self.typed) or self.typed.startswith(longer):
                yield from self._spellings([*token_ids, token_id], probability * share)

    def _continue(self, token_ids: list[int], probability: float) -> Iterator[tuple[bytes, float]]:
        added = self._bytes(token_ids)[len(self.typed) :]
        if len(added) >= NUM_BYTES:
            yield added, probability
            return
        following = [
            (token_id, share)
            for token_id, share in self._next(token_ids)
            if self._is_allowed(self._bytes([*token_ids, token_id]))
        ]
        total = sum(share for _, share in following)
        for token_id, share in following:
            yield from self._continue([*token_ids, token_id], probability * share / total)

    def _is_allowed(self, spelled: bytes) -> bool:
        return not (self.forbids_space and spelled[len(self.typed) :].startswith(b" "))

    @torch.inference_mode()
    def _next(self, token_ids: list[int]) -> list[tuple[int, float]]:
        probabilities: Tensor = self.model(torch.tensor([self.context + token_ids])).logits[0, -1].double().softmax(-1)
        return [(int(token_id), probabilities[token_id].item()) for token_id in (probabilities > 1e-9).nonzero()]

    def _bytes(self, token_ids: list[int]) -> bytes:
        return b"".join(self.tokenizer.token_bytes[token_id] for token_id in token_ids)


@pytest.fixture(scope="module")
def folder(make_checkpoint: Callable[..., Path]) -> Path:
    """A random model that has learned to write tokens of CHARACTERS only."""
    folder = make_checkpoint(seed=2, initializer_range=0.3)
    tokens = write_tokenizer(folder / "tokenizer.json")
    model = GPT2LMHeadModel.from_pretrained(folder)
    model.resize_token_embeddings(len(tokens))
    # One number of the final norm is always 8, of which the embedding makes -40 for other tokens, and 2 for single
    # characters: so all ways out of the prompt are taken.
    embedding, norm = model.transformer.wte.weight.data, model.transformer.ln_f
    norm.weight.data[0], norm.bias.data[0] = 0, 8
    wanted = [token for token in tokens if set(token) <= set(CHARACTERS)]
    embedding[:, 0] = -5
    for token in wanted:
        embedding[tokens.index(token), 0] = 0.25 if len(token) == 1 else 0
    model.save_pretrained(folder)
    return folder


def write_tokenizer(path: Path) -> list[str]:
    """Into the file of another tokenizer, of which the 256 bytes and `<|endoftext|>` stay."""
    content = json.loads(path.read_text(encoding="utf-8"))
    tokens = [token for token in content["model"]["vocab"] if len(token) == 1 or token == "<|endoftext|>"]
    tokens += [merge.replace(" ", "") for merge in MERGES]
    content["model"] |= {"vocab": {token: number for number, token in enumerate(tokens)}, "merges": MERGES}
    path.write_text(json.dumps(content), encoding="utf-8")
    return tokens


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        ("", "abca"),
        ("", "aca"),
        ("abc", " ca"),
        ("ab", " cabca"),
        ("abc a", " "),
    ],
)
def test_what_follows_is_distributed_as_brute_force_says(
    make_driver: Callable[..., Driver], folder: Path, before: str, typed: str
) -> None:
    """Among all sequences of tokens whose text begins with the typed one.

    Sequences that depart from the tokenizer's own spelling before the token that crosses the end of the typed text do
    not count, though the model gives them some probability: " a" + "b" + "c" for " abc". A model that has read text as
    its tokenizer writes it has hardly seen them and continues them badly, and there are exponentially many. After a
    typed space, tokens that would write a second one do not count either.
    """
    tokenizer = Tokenizer.from_folder(folder)
    model = GPT2LMHeadModel.from_pretrained(folder).eval()
    context, canonical = [tokenizer.end_of_text, *tokenizer.encode(before)], tokenizer.encode(typed)
    brute_force = BruteForce(model, tokenizer, typed.encode(), context, canonical, typed.endswith(" "))
    expected = brute_force.distribution()
    assert len(expected) >= 8
    drawn = draw(make_driver(folder), before + typed)
    assert set(drawn) <= set(expected)
    assert deviation(drawn, expected) < 5


def draw(driver: Driver, prompt: str) -> Counter[str]:
    texts: Counter[str] = Counter()
    for seed in range(NUM_DRAWS // 64):
        params = {"num_continuations": 64, "top_p": 1.0, "max_new_tokens": 1 + NUM_BYTES}
        # Spaces at the end of a continuation are not shown.
        texts.update(text[:NUM_BYTES].ljust(NUM_BYTES) for text in driver.complete(prompt, seed=seed, **params))
    return texts


def deviation(drawn: Counter[str], expected: dict[str, float]) -> float:
    """Pearson's chi-square, in standard deviations from what chance gives; what is rare counts together."""
    common = [text for text, share in expected.items() if share * NUM_DRAWS >= 10]
    pairs = [(drawn[text], expected[text] * NUM_DRAWS) for text in common]
    pairs.append((NUM_DRAWS - sum(n for n, _ in pairs), NUM_DRAWS - sum(share for _, share in pairs)))
    chi_square = sum((found - wanted) ** 2 / wanted for found, wanted in pairs if wanted > 1e-6)
    freedom = len(common)
    return (chi_square - freedom) / math.sqrt(2 * freedom)

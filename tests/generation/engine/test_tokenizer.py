"""Text to tokens and back to bytes."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from generation.engine.tokenizer import Tokenizer
from generation.engine.vocabulary import Vocabulary
from generation.errors import CheckpointInvalid
from tests.generation.conftest import TRAINING_TEXT


@pytest.fixture(scope="module")
def tokenizer(checkpoint_folder: Path) -> Tokenizer:
    return Tokenizer.from_folder(checkpoint_folder)


def spelled(tokenizer: Tokenizer, text: str) -> bytes:
    return b"".join(tokenizer.token_bytes[token_id] for token_id in tokenizer.encode(text))


@pytest.mark.parametrize("text", [TRAINING_TEXT, "", "\x00\x1b", "<|endoftext|>", "  a\n\n\n b", "𝔘𝔫𝔦 ゼロ‍幅"])
def test_tokens_spell_their_text(tokenizer: Tokenizer, text: str) -> None:
    assert spelled(tokenizer, text) == text.encode()


def test_several_threads_may_encode_at_once(tokenizer: Tokenizer) -> None:
    texts = [TRAINING_TEXT[start:] for start in range(50)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(tokenizer.encode, texts)) == [tokenizer.encode(text) for text in texts]


def test_vocab_and_merges_do_as_well(checkpoint_folder: Path, tokenizer: Tokenizer, tmp_path: Path) -> None:
    model = json.loads((checkpoint_folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    merges = "\n".join(" ".join(merge) for merge in model["merges"])
    (tmp_path / "merges.txt").write_text(f"#version: 0.2\n{merges}\n", encoding="utf-8")
    assert Tokenizer.from_folder(tmp_path).encode(TRAINING_TEXT) == tokenizer.encode(TRAINING_TEXT)


SPACED = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": {"type": "WordPiece"}}, "the tokenizer is WordPiece, expected a byte-level BPE"),
        ({"pre_tokenizer": {"type": "Whitespace"}}, "expected a byte-level BPE"),
        ({"pre_tokenizer": SPACED}, "puts a space before each text, expected add_prefix_space false"),
        ({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [SPACED]}}, "puts a space before each text"),
        ({"normalizer": {"type": "NFC"}}, "expected no normalizer"),
    ],
)
def test_other_tokenizers_are_refused(
    checkpoint_folder: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    shutil.copy(checkpoint_folder / "tokenizer.json", tmp_path)
    content = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    (tmp_path / "tokenizer.json").write_text(json.dumps(content | change), encoding="utf-8")
    with pytest.raises(CheckpointInvalid, match=message):
        Tokenizer.from_folder(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_broken_tokenizer_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "tokenizer.json").write_text(content, encoding="utf-8")
    with pytest.raises(CheckpointInvalid):
        Tokenizer.from_folder(tmp_path)


def test_a_missing_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointInvalid, match="no tokenizer, expected"):
        Tokenizer.from_folder(tmp_path)


def test_the_vocabulary_finds_all_tokens_that_start_with_a_text(tokenizer: Tokenizer) -> None:
    vocabulary = Vocabulary(tokenizer.token_bytes)
    everything = list(enumerate(tokenizer.token_bytes))
    for beginning in (b" ", b" th", b"\n", b"\xf0", b"\xff", b"a", b"no such"):
        expected = {token_id for token_id, token in everything if token.startswith(beginning)}
        assert set(vocabulary.starting_with(beginning).tolist()) == expected
        others = {token_id for token_id, token in everything if token.startswith(beginning + b"e")}
        assert set(vocabulary.starting_with(beginning, but_not_with=b"e").tolist()) == expected - others
    expected = {token_id for token_id, token in everything if token and b" the cat".startswith(token)}
    assert (
        set(vocabulary.beginnings_of(b" the cat").tolist()) == expected - {tokenizer.encode(" the cat")[-1]} & expected
    )

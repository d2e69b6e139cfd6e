"""How well a checkpoint predicts a text, what a dtype costs it, and what is kept of that."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from transformers import GPT2LMHeadModel

from generation.__main__ import main
from generation.checkpoints import Checkpoint, bundled_folder
from generation.config import EngineConfig
from generation.engine.loading import LoadedCheckpoint, fingerprint, load_checkpoint
from generation.engine.scoring import windows
from generation.evaluation.perplexity import measure
from generation.evaluation.records import PerplexityRecord, find_record, read_records, write_record
from tests.generation.conftest import TRAINING_TEXT

RECORD = PerplexityRecord("r1", "int8", 7, "a novel", 1000, 4.01, 4.0)


@pytest.fixture(scope="module")
def loaded(checkpoint_folder: Path) -> LoadedCheckpoint:
    checkpoint = Checkpoint("tiny", f"folder:{checkpoint_folder.name}", dtype="float32")
    return load_checkpoint(checkpoint, EngineConfig(checkpoint_folder.parent))


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    file = tmp_path / "novel.txt"
    file.write_text(TRAINING_TEXT[:300], encoding="utf-8")
    return file


# It works


def test_the_loss_is_that_of_transformers(loaded: LoadedCheckpoint, reference: GPT2LMHeadModel) -> None:
    loss = measure(loaded, TRAINING_TEXT, max_tokens=128)
    token_ids = [loaded.tokenizer.end_of_text, *loaded.tokenizer.encode(TRAINING_TEXT)][:129]
    with torch.inference_mode():
        logits = reference(torch.tensor([token_ids[:-1]])).logits[0]
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(token_ids[1:]))
    assert loss.nats_per_token == pytest.approx(expected.item(), rel=1e-5)
    assert loss.num_tokens == 128
    assert loss.perplexity == pytest.approx(math.exp(expected.item()), rel=1e-4)
    assert loss.num_characters == len(TRAINING_TEXT[: loss.num_characters])


def test_all_of_a_text_is_spelled(loaded: LoadedCheckpoint) -> None:
    assert measure(loaded, TRAINING_TEXT).num_characters == len(TRAINING_TEXT)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((10, 4), [(0, 0, 4), (4, 4, 8), (8, 8, 10)]),
        ((10, 4, 2), [(0, 0, 4), (2, 4, 6), (4, 6, 8), (6, 8, 10)]),
        ((9, 4, 3), [(0, 0, 4), (3, 4, 7), (5, 7, 9)]),
        ((3, 4, 1), [(0, 0, 3)]),
        ((0, 4), []),
    ],
)
def test_windows_count_each_token_once(sizes: tuple[int, ...], expected: list[tuple[int, int, int]]) -> None:
    assert list(windows(*sizes)) == expected


def test_overlapping_windows_predict_from_more(loaded: LoadedCheckpoint) -> None:
    apart, overlapping = measure(loaded, TRAINING_TEXT), measure(loaded, TRAINING_TEXT, stride=64)
    assert overlapping.num_tokens == apart.num_tokens
    assert overlapping.nats != apart.nats


def test_a_record_is_found_by_weights_dtype_and_bits(tmp_path: Path) -> None:
    write_record(tmp_path / "models", RECORD)
    write_record(tmp_path / "models", PerplexityRecord("r2", "int8", 8, "a novel", 1000, 4.2, 4.0))
    newer = PerplexityRecord("r1", "int8", 7, "two novels", 2000, 4.02, 4.0)
    write_record(tmp_path / "models", newer)
    folders = (tmp_path, tmp_path / "models")
    assert find_record(folders, "r1", "int8", 7) == newer
    assert find_record(folders, "r1", "int8", 8) is None
    assert find_record(folders, "r3", "int8", 7) is None
    assert len(read_records(tmp_path / "models")) == 2
    assert newer.cost == pytest.approx(0.0202, abs=1e-4)


def test_the_command_tells_and_records_what_a_dtype_costs(
    checkpoint_folder: Path, text_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["perplexity", "--checkpoint", str(checkpoint_folder), "--text", str(text_file), "--dtype", "bfloat16"]
    assert main([*command, "--json", "--record"]) == 0
    told = json.loads(capsys.readouterr().out)
    record = read_records(checkpoint_folder.parent)[0]
    assert (record.dtype, record.text, record.num_tokens) == ("bfloat16", "novel.txt", told["num_tokens"])
    assert record.cost == pytest.approx(told["cost"])
    assert abs(record.cost) < 0.05
    assert main(command) == 0
    assert "bfloat16 costs" in capsys.readouterr().out


def test_a_book_is_read_as_a_person_would_have_typed_it(
    checkpoint_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["perplexity", "--checkpoint", str(checkpoint_folder), "--dtype", "float32", "--json", "--text"]
    wrapped, joined = tmp_path / "wrapped.txt", tmp_path / "joined.txt"
    wrapped.write_text("It was a bright cold day\nin April.\n", encoding="utf-8")
    joined.write_text("It was a bright cold day in April.", encoding="utf-8")
    assert main([*command, str(wrapped), "--book"]) == main([*command, str(joined)]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first["nats_per_token"] == second["nats_per_token"]


# Bad input


def test_a_text_that_cannot_be_read_is_named(checkpoint_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["perplexity", "--checkpoint", str(checkpoint_folder), "--dtype", "float32", "--text"]
    assert main([*command, "/nowhere.txt"]) == 2
    assert "a text cannot be read" in capsys.readouterr().err
    assert main([*command, "/dev/null"]) == 2
    assert "expected some text" in capsys.readouterr().err


def test_records_that_cannot_be_read_count_for_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for content in ("{", '{"a": 1}', '[{"revision": "r1"}]', "[1]"):
        caplog.clear()
        (tmp_path / "perplexity.json").write_text(content, encoding="utf-8")
        assert find_record((tmp_path,), "r1", "int8", 7) is None
        assert "perplexity.json in" in caplog.text


def test_what_int8_costs_the_bundled_checkpoint_is_on_record() -> None:
    record = find_record((bundled_folder(),), fingerprint(bundled_folder()), "int8", 7)
    assert record is not None
    assert record.num_tokens > 300_000
    assert 0 < record.cost < 0.01

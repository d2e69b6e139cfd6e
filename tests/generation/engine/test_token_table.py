"""Embeddings looked up in memory and in the file they came in."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from generation.engine import token_table
from generation.engine.token_table import TokenTableInFile, TokenTableInMemory, make_token_table
from generation.errors import CheckpointInvalid

WANTED = torch.tensor([3, 0, 99, 3])


@pytest.fixture(autouse=True)
def _every_table_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_table, "LARGEST_IN_MEMORY", 0)


def write(folder: Path, weight: torch.Tensor, name: str = "transformer.wte.weight") -> None:
    save_file({"a": torch.ones(3), name: weight, "z": torch.ones(5)}, folder / "model.safetensors")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", ["transformer.wte.weight", "wte.weight"])
def test_rows_are_read_from_the_file(tmp_path: Path, dtype: torch.dtype, name: str) -> None:
    weight = torch.randn(100, 24).to(dtype)
    write(tmp_path, weight, name)
    table = make_token_table(tmp_path, weight)
    assert isinstance(table, TokenTableInFile)
    assert torch.equal(table(WANTED), weight[WANTED].float())
    assert torch.equal(table(WANTED), TokenTableInMemory(weight)(WANTED))
    assert table.num_bytes == 0


def test_a_small_table_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_table, "LARGEST_IN_MEMORY", 10_000)
    weight = torch.randn(100, 24)
    write(tmp_path, weight)
    table = make_token_table(tmp_path, weight)
    assert isinstance(table, TokenTableInMemory)
    assert table.num_bytes == 9600


def test_a_file_that_was_replaced_goes_on_serving(tmp_path: Path) -> None:
    weight = torch.randn(100, 24)
    write(tmp_path, weight)
    table = make_token_table(tmp_path, weight)
    (tmp_path / "model.safetensors").unlink()
    write(tmp_path, weight + 1)
    assert torch.equal(table(WANTED), weight[WANTED])


def test_a_file_that_was_written_over_is_an_error_with_a_name(tmp_path: Path) -> None:
    weight = torch.randn(100, 24)
    write(tmp_path, weight)
    table = make_token_table(tmp_path, weight)
    with (tmp_path / "model.safetensors").open("r+b") as file:
        file.truncate(100)
    with pytest.raises(CheckpointInvalid, match=r"model.safetensors was changed while it served"):
        table(WANTED)

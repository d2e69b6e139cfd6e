"""Downloads from a hub on this machine; what happens where there is none."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from generation.engine.hub import fetch_from_hub
from generation.engine.loading import ignore_state
from generation.errors import CheckpointInvalid, HubUnreachable
from tests.generation.engine.fake_hub import COMMIT, serve

HUB_ID = "somebody/tiny"


@pytest.fixture
def repository(checkpoint_folder: Path, tmp_path: Path) -> Path:
    """The tiny checkpoint among files that nobody should download."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for file in checkpoint_folder.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    for name in ("pytorch_model.bin", "modeling.py", "README.md"):
        (folder / name).write_bytes(b"not for us")
    return folder


def test_only_safe_files_are_downloaded_and_progress_is_told(repository: Path, tmp_path: Path) -> None:
    states: list[tuple[str, float | None]] = []
    with serve(repository, HUB_ID) as (address, _):
        folder, revision = fetch_from_hub(
            HUB_ID, "", tmp_path / "cache", lambda state, progress, reason: states.append((state, progress)), address
        )
    assert revision == COMMIT
    assert {file.name for file in folder.iterdir()} == {
        "config.json", "generation_config.json", "model.safetensors", "tokenizer.json"
    }  # fmt: skip
    assert (folder / "model.safetensors").read_bytes() == (repository / "model.safetensors").read_bytes()
    assert states[0] == ("downloading", 0.0)
    assert states[-1] == ("downloading", 1.0)


def test_what_was_downloaded_needs_no_hub(repository: Path, tmp_path: Path) -> None:
    with serve(repository, HUB_ID) as (address, asked):
        first = fetch_from_hub(HUB_ID, COMMIT, tmp_path / "cache", ignore_state, address)
        num_asked = len(asked)
        assert fetch_from_hub(HUB_ID, COMMIT, tmp_path / "cache", ignore_state, address) == first
        assert len(asked) == num_asked
    assert fetch_from_hub(HUB_ID, COMMIT, tmp_path / "cache", ignore_state, "http://127.0.0.1:9") == first


def test_an_unknown_repository_is_told(repository: Path, tmp_path: Path) -> None:
    with serve(repository, HUB_ID) as (address, _), pytest.raises(CheckpointInvalid, match="nobody/none is not on"):
        fetch_from_hub("nobody/none", "", tmp_path / "cache", ignore_state, address)


def test_a_hub_that_is_away_is_told_soon(tmp_path: Path) -> None:
    start = time.monotonic()
    with pytest.raises(HubUnreachable, match=f"the hub cannot be reached for {HUB_ID}: .*refused"):
        fetch_from_hub(HUB_ID, "", tmp_path / "cache", ignore_state, "http://127.0.0.1:9")
    assert time.monotonic() - start < 15

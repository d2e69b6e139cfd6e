"""What a checkpoint may be called and come from."""

from __future__ import annotations

import pytest

from generation.checkpoints import BUNDLED, Checkpoint, Source, bundled_folder, parse_source
from generation.errors import CheckpointInvalid


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("bundled:novels-7m", Source("bundled", "novels-7m")),
        ("hub:openai-community/gpt2", Source("hub", "openai-community/gpt2")),
        ("hub:gpt2", Source("hub", "gpt2")),
        ("folder:my-gpt2", Source("folder", "my-gpt2")),
    ],
)
def test_sources_are_parsed(text: str, source: Source) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    "text",
    ["", "gpt2", "file:/etc", "bundled:other", "folder:../x", "folder:a/b", "hub:a/b/c", "hub:../x", "hub:a b", "hub:"],
)
def test_other_sources_are_refused(text: str) -> None:
    with pytest.raises(CheckpointInvalid, match="expected bundled:NAME"):
        parse_source(text)


@pytest.mark.parametrize("fields", [{"name": "a/b"}, {"name": ""}, {"revision": "../x"}, {"dtype": "float64"}])
def test_other_fields_are_refused(fields: dict[str, str]) -> None:
    values = {"name": "gpt2", "source": "hub:gpt2", **fields}
    with pytest.raises(CheckpointInvalid, match=repr(next(iter(fields.values())))):
        Checkpoint.from_dict(values)


def test_a_checkpoint_comes_from_the_catalogue() -> None:
    value = {"name": "gpt2", "source": "hub:openai-community/gpt2", "revision": "607a30d", "dtype": "bfloat16"}
    assert Checkpoint.from_dict(value) == Checkpoint("gpt2", "hub:openai-community/gpt2", "607a30d", "bfloat16")


def test_the_bundled_folder_is_part_of_the_package() -> None:
    assert bundled_folder().name == BUNDLED
    assert bundled_folder().parent.parent.name == "generation"

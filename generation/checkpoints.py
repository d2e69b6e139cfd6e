"""What can be served: a checkpoint's name, source, revision and dtype. Light: no torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from generation.config import Dtype
from generation.errors import CheckpointInvalid

CheckpointState = Literal["absent", "downloading", "loading", "ready", "failed"]
SourceKind = Literal["bundled", "folder", "hub"]

BUNDLED = "novels-7m"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_HUB_ID = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9._-]{0,95}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_REVISION = re.compile(r"[A-Za-z0-9._/-]{0,96}")
_EXPECTED_SOURCE = "expected bundled:NAME, hub:OWNER/NAME or folder:NAME (a folder of the models directory)"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a checkpoint's files come from."""

    kind: SourceKind
    location: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint as the catalogue names it; raises CheckpointInvalid where it could never be loaded.

    `revision` is a hub commit, or "" for bundled ones and folders.
    """

    name: str
    source: str
    revision: str = ""
    dtype: Dtype = "auto"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise CheckpointInvalid(f"checkpoint name is {self.name!r}, expected letters, digits, '.', '_' and '-'")
        if not _REVISION.fullmatch(self.revision) or ".." in self.revision:
            raise CheckpointInvalid(f"revision of {self.name} is {self.revision!r}, expected a commit of the hub")
        if self.dtype not in get_args(Dtype):
            raise CheckpointInvalid(
                f"dtype of {self.name} is {self.dtype!r}, expected one of {', '.join(get_args(Dtype))}"
            )
        parse_source(self.source)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Checkpoint:
        return cls(value["name"], value["source"], value.get("revision", ""), value.get("dtype", "auto"))


def parse_source(text: str) -> Source:
    """Raises CheckpointInvalid: a source is never an arbitrary path or address."""
    kind, _, location = text.partition(":")
    if kind == "bundled" and location == BUNDLED:
        return Source("bundled", location)
    if kind == "folder" and _NAME.fullmatch(location) and ".." not in location:
        return Source("folder", location)
    if kind == "hub" and _HUB_ID.fullmatch(location) and ".." not in location:
        return Source("hub", location)
    raise CheckpointInvalid(f"source is {text!r}, {_EXPECTED_SOURCE}")


def bundled_folder() -> Path:
    """The folder of the checkpoint that ships with Inkling."""
    return Path(__file__).parent / "bundled" / BUNDLED

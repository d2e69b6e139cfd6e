"""docs/socket.md, the contract for other clients, names every frame and every field of the socket."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from webapp.protocol.client_frames import FRAMES
from webapp.protocol.server_frames import ServerFrame

PAGE = (Path(__file__).parents[2] / "docs" / "socket.md").read_text()
SENT_BY_BROWSERS: dict[str, type[BaseModel]] = {**FRAMES}
SENT_BY_SERVER: dict[str, type[BaseModel]] = {
    model.model_fields["type"].default: model for model in ServerFrame.__subclasses__()
}


def rows(heading: str) -> dict[str, str]:
    """What a section's table says of each frame."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*)$", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "frames"),
    [("What a browser sends", SENT_BY_BROWSERS), ("What the server sends", SENT_BY_SERVER)],
    ids=["browser", "server"],
)
def test_the_page_names_every_frame_and_field(heading: str, frames: dict[str, type[BaseModel]]) -> None:
    told = rows(heading)
    assert sorted(told) == sorted(frames)
    fields = {(kind, field) for kind, model in frames.items() for field in model.model_fields if field != "type"}
    assert {(kind, field) for kind, field in fields if f"`{field}`" not in told[kind]} == set()

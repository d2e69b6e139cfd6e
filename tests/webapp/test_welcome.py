"""The first frames of a socket."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.access import Access
from webapp.models import Document
from webapp.protocol import WelcomePart, WelcomeSession
from webapp.protocol.limits import MAX_FRAME_BYTES
from webapp.welcome import Opening, welcome_frames


def source(number: int) -> dict[str, Any]:
    return {
        "author": {"name": "\u20ac" * 40, "color": number % 8},
        "origin": "suggestion",
        "provenance": {"request_id": f"r{number}", "params": {"stop": ["\u20ac" * 32] * 4}, "seed": number},
        "at": "2026-01-01T00:00:00+00:00",
    }


@pytest.mark.parametrize(("num_sources", "num_runs"), [(1, 60_000), (900, 900)])
def test_no_frame_is_too_long_however_often_the_writers_took_turns(num_sources: int, num_runs: int) -> None:
    sources = [source(number) for number in range(num_sources)]
    runs = [[1, number % num_sources] for number in range(num_runs)]
    access = Access(Document(title="Turns"), "owner", "browser")
    opening = Opening(1, 1, "x" * num_runs, {"sources": sources, "runs": runs})
    session = WelcomeSession(session_id="a-session", name="Quiet Heron", color=1, is_guest=True)
    welcome, *parts = welcome_frames(access, opening, session, [], [])
    assert all(len(frame.to_json().encode()) <= MAX_FRAME_BYTES for frame in (welcome, *parts))
    assert all(isinstance(part, WelcomePart) for part in parts)
    credits = [part.attribution for part in parts if isinstance(part, WelcomePart) and part.attribution]
    together = {name: [item for each in credits for item in each[name]] for name in ("sources", "runs")}
    assert (len(together["sources"]), len(together["runs"])) == (num_sources, num_runs)

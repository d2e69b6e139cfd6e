"""A tab that offers what was suggested to it, for the tests of offers."""

from __future__ import annotations

from typing import Any

from tests.webapp.fake_suggestions import FakeSuggestions
from tests.webapp.tabs import Frame, Tab

TEXT = " and the sea."


async def suggested(mine: Tab, fake: FakeSuggestions, request_id: str = "r1") -> None:
    """The tab writes "The sky", asks, and is told TEXT."""
    if not mine.length:
        await mine.append("The sky")
    one = {"num_continuations": 1, "temperature": 0.9}
    await mine.send({"type": "suggest", "request_id": request_id, "prompt": "The sky", "params": one})
    await mine.expect("suggestion_started", request_id=request_id)
    await fake.finish(0, TEXT)
    await mine.expect("suggestion_finished", request_id=request_id)


def offer(mine: Tab, **fields: Any) -> Frame:
    place = {"revision": mine.revision, "position": mine.length}
    return {"type": "offer", "request_id": "r1", "index": 0, "text": TEXT, **place, **fields}


async def offered(mine: Tab, fake: FakeSuggestions) -> Frame:
    """The offer as its maker is told of it."""
    await suggested(mine, fake)
    await mine.send(offer(mine))
    told: Frame = (await mine.expect("offer_made"))["offer"]
    return told

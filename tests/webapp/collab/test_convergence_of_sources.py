"""Whatever is copied, cut, undone and redone in company: every page knows who wrote which word, as the server does.

Each writer types letters of their own, so the text itself tells who wrote it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from tests.webapp.collab.browser import BUNDLE, Browser, BrowserWriter
from tests.webapp.collab.simulation import Sent
from webapp.collab import authority, states
from webapp.collab.attribution import Attribution
from webapp.models import Document

LETTERS = {"Ada": "abcdefgh", "Bob": "ABCDEFGH", "Eve": "12345678"}
NUM_OPERATIONS = 120


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not BUNDLE.exists():
        pytest.skip(f"{BUNDLE} is not there: make vendor builds it")
    with Browser() as browser:
        yield browser


class Copyists:
    """Writers who type little and copy, cut, paste, undo and redo much."""

    def __init__(self, writers: Sequence[BrowserWriter], seed: int) -> None:
        self.writers = writers
        self._random = random.Random(seed)
        self._under_way: list[Sent] = []

    def step(self) -> None:
        writer = self._random.choice(self.writers)
        happenings = [
            self._type,
            self._copy,
            self._paste,
            self._undo,
            self._redo,
            self._send,
            self._arrive,
            self._receive,
        ]
        [happen] = self._random.choices(happenings, weights=[25, 8, 12, 12, 4, 12, 15, 15])
        happen(writer)

    def settle(self) -> None:
        self._under_way.clear()
        for writer in self.writers:
            writer.reconnect()
            while sent := writer.send():
                sent.arrive()
                writer.receive(limit=10_000)
        for writer in self.writers:
            writer.receive(limit=10_000)

    def _type(self, writer: BrowserWriter) -> None:
        start, end = self._range(writer)
        letters = LETTERS[writer.name]
        inserted = "".join(self._random.choice(letters) for _ in range(self._random.randrange(5)))
        writer.replace(start, end if self._random.random() < 0.5 else start, inserted)

    def _copy(self, writer: BrowserWriter) -> None:
        start, end = self._range(writer)
        if start == end:
            return
        writer.copy(start, end)
        if self._random.random() < 0.4:
            writer.replace(start, end, "")

    def _paste(self, writer: BrowserWriter) -> None:
        if len(writer.text) < 300:
            writer.paste(self._range(writer)[0])

    def _undo(self, writer: BrowserWriter) -> None:
        writer.undo()

    def _redo(self, writer: BrowserWriter) -> None:
        writer.redo()

    def _send(self, writer: BrowserWriter) -> None:
        if sent := writer.send():
            self._under_way.append(sent)

    def _arrive(self, writer: BrowserWriter) -> None:
        if self._under_way:
            self._under_way.pop(0).arrive()

    def _receive(self, writer: BrowserWriter) -> None:
        writer.receive(limit=self._random.randint(1, 5))

    def _range(self, writer: BrowserWriter) -> tuple[int, int]:
        start = self._random.randint(0, len(writer.text))
        return start, min(len(writer.text), start + self._random.randrange(9))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(12))
def test_every_page_knows_who_wrote_which_word(document: Document, browser: Browser, seed: int) -> None:
    copyists = Copyists([BrowserWriter(document.pk, name, browser) for name in LETTERS], seed)
    for _ in range(NUM_OPERATIONS):
        copyists.step()
    copyists.settle()
    states.cache.clear()
    state = authority.read(document.pk)
    assert [writer.text for writer in copyists.writers] == [state.text] * len(copyists.writers)
    for writer in copyists.writers:
        assert merged(writer.runs()) == merged(told(state.attribution))
    assert wrong(state.text, told(state.attribution)) == []


def told(attribution: Attribution) -> list[tuple[int, str, str]]:
    sources = attribution.sources
    return [(run.length, sources[run.source].origin, sources[run.source].author.name) for run in attribution.runs]


def merged(runs: Sequence[tuple[int, str, str]]) -> list[tuple[str, str]]:
    """The origin and the author of each unit, since a page divides runs at sources that are alike here."""
    return [(origin, author) for length, origin, author in runs for _ in range(length)]


def wrong(text: str, runs: Sequence[tuple[int, str, str]]) -> list[str]:
    """Letters that are said to be somebody else's."""
    found, start = [], 0
    for length, origin, author in runs:
        stretch = text[start : start + length]
        found += [f"{letter} {origin} by {author}" for letter in stretch if letter not in LETTERS[author]]
        start += length
    return found

"""A browser's side of a document, on a network that loses, delays, repeats and reorders what it sends.

Follows static/js/update_queue.js: local first, one edit in flight, others' updates taken one at a time.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from webapp.collab import authority, states, utf16
from webapp.collab.authority import Author, IncomingUpdate
from webapp.collab.changes import ChangeSet


@dataclass(frozen=True)
class Sent:
    """An edit under way to the server."""

    writer: "Writer"
    revision: int
    first_number: int
    updates: list[ChangeSet]

    def arrive(self) -> None:
        updates = [IncomingUpdate(changes, "typed") for changes in self.updates]
        writer = self.writer
        authority.accept(
            writer.document_id, writer.author, writer.session_id, self.revision, self.first_number, updates
        )


@dataclass
class Writer:
    """One open tab."""

    document_id: UUID
    name: str
    text: str = ""
    revision: int = 0
    first_number: int = 0
    pending: list[ChangeSet] = field(default_factory=list)
    is_in_flight: bool = False

    @property
    def session_id(self) -> str:
        return f"{self.name}-{self.document_id}"

    @property
    def author(self) -> Author:
        return Author(self.name, color=0, browser_id=f"browser of {self.name}")

    def edit(self, start: int, end: int, inserted: str) -> str:
        """Replaces characters `start` to `end` (Python's indices) and returns the deleted ones."""
        deleted = self.text[start:end]
        unit_start = utf16.length(self.text[:start])
        self.replace(unit_start, unit_start + utf16.length(deleted), inserted)
        return deleted

    def replace(self, start: int, end: int, inserted: str) -> None:
        changes = ChangeSet.replacing(start, end, inserted, utf16.length(self.text))
        self.text = changes.apply(self.text)
        self.pending.append(changes)

    def send(self) -> Sent | None:
        if self.is_in_flight or not self.pending:
            return None
        self.is_in_flight = True
        return Sent(self, self.revision, self.first_number, list(self.pending))

    def reconnect(self) -> None:
        """Whatever was in flight will be sent again."""
        self.is_in_flight = False

    def receive(self, limit: int) -> None:
        for update in authority.updates_since(self.document_id, self.revision, limit):
            self.revision = update.revision
            if update.session_id == self.session_id:
                self._confirm(update.number)
            else:
                self._merge(ChangeSet.from_json(update.changes))

    def _confirm(self, number: int) -> None:
        assert number == self.first_number
        self.pending.pop(0)
        self.first_number += 1
        self.is_in_flight = False

    def _merge(self, changes: ChangeSet) -> None:
        for index, mine in enumerate(self.pending):
            self.pending[index], changes = mine.map(changes), changes.map(mine, before=True)
        self.text = changes.apply(self.text)


class Simulation:
    """Writers who type characters that nobody ever typed before, so that each can be accounted for."""

    def __init__(self, writers: Sequence[Writer], seed: int) -> None:
        self._random = random.Random(seed)
        self.writers = writers
        self.typed: set[str] = set()
        self.deleted: set[str] = set()
        self._under_way: list[Sent] = []
        # From both sides of U+FFFF, where a character begins to be two UTF-16 units.
        self._characters: Iterator[str] = (chr(base + number) for number in count() for base in (0x4E00, 0x20000))

    def step(self) -> None:
        """Lets one thing happen to one writer."""
        writer = self._random.choice(self.writers)
        happenings = [self._type, self._send, self._arrive, self._receive, self._lose_connection, self._restart]
        [happen] = self._random.choices(happenings, weights=[30, 20, 25, 20, 4, 1])
        happen(writer)

    def settle(self) -> None:
        """Everybody gets through to the server, and hears everything."""
        self._under_way.clear()
        for writer in self.writers:
            writer.reconnect()
            while sent := writer.send():
                sent.arrive()
                writer.receive(limit=10_000)
        for writer in self.writers:
            writer.receive(limit=10_000)

    def _type(self, writer: Writer) -> None:
        start = self._random.randint(0, len(writer.text))
        num_deleted = self._random.choice([0, 0, 0, 1, 4])
        inserted = "".join(next(self._characters) for _ in range(self._random.randrange(4)))
        self.deleted.update(writer.edit(start, start + num_deleted, inserted))
        self.typed.update(inserted)

    def _send(self, writer: Writer) -> None:
        if sent := writer.send():
            self._under_way.append(sent)

    def _arrive(self, writer: Writer) -> None:
        """Any edit under way arrives, whether its connection still lives or not; some are not taken off the way."""
        if not self._under_way:
            return
        sent = self._random.choice(self._under_way)
        if self._random.random() < 0.8:
            self._under_way.remove(sent)
        sent.arrive()

    def _receive(self, writer: Writer) -> None:
        writer.receive(limit=self._random.randint(1, 5))

    def _lose_connection(self, writer: Writer) -> None:
        """What was under way is lost, or arrives much later."""
        if self._random.random() < 0.5:
            self._under_way = [sent for sent in self._under_way if sent.writer is not writer]
        writer.reconnect()

    def _restart(self, writer: Writer) -> None:
        """The web process starts anew."""
        states.cache.clear()

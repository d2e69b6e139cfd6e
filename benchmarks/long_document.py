"""Fills a document with a long history, in rows of its own making: `python -m benchmarks.long_document ID COUNT`."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

import django

from benchmarks.web_processes import WebProcesses

if TYPE_CHECKING:
    from webapp.collab.attribution import Attribution
    from webapp.models import Update

LENGTH = 1_000_000
# Words that somebody writes before going on elsewhere in the text.
WORDS_AT_ONE_PLACE = 25
# Every third place begins a paragraph, which so gets about 750 characters.
PLACES_PER_PARAGRAPH = 3
UPDATES_PER_SESSION = 500
UPDATES_PER_SUGGESTION = 50
AUTHORS = 5
ROWS_AT_ONCE = 5000
# Updates after the newest snapshot, which whoever opens the document reads one by one.
BEYOND_SNAPSHOT = 100


def write_long_document(processes: WebProcesses, document_id: str, num_updates: int) -> None:
    """About 1 MB of text, written word by word, here and there, by five people, now and then with a suggestion."""
    processes.run("benchmarks.long_document", document_id, str(num_updates))


@dataclass(slots=True)
class Place:
    """Words that stand together, with the revisions that they came with."""

    words: list[tuple[str, int]] = field(default_factory=list)
    length: int = 0


class LongHistory:
    """The text as places, each of which grows word by word: so a word costs the same however long the text is."""

    def __init__(self, document_id: UUID, num_updates: int) -> None:
        self._document_id = document_id
        self._num_updates = num_updates
        self._random = random.Random(0)
        self._places: list[Place] = []  # in the text's order
        self._length = 0

    @property
    def text(self) -> str:
        return "".join(word for place in self._places for word, _ in place.words)

    @property
    def attribution(self) -> Attribution:
        from webapp.collab.attribution import Attribution, Byline, Run, Source

        sources: dict[Any, int] = {}
        runs = []
        words = [(word, revision) for place in self._places for word, revision in place.words]
        for facts, same in groupby(words, key=lambda each: self._facts(each[1])):
            index = sources.setdefault(facts, len(sources))
            runs.append(Run(sum(len(word) for word, _ in same), index))
        made = [
            Source(Byline(name, 1), origin, _provenance(asked), "2026-01-01T00:00:00+00:00")
            for name, origin, asked in sources
        ]
        return Attribution(tuple(made), tuple(runs))

    def updates(self) -> Iterator[Update]:
        from webapp.collab.changes import ChangeSet
        from webapp.models import Update

        place, position = Place(), 0
        for revision in range(1, self._num_updates + 1):
            if (revision - 1) % WORDS_AT_ONE_PLACE == 0:
                place, position = self._begin_place()
            word = "".join(self._random.choices("etaoin shrdlu", k=LENGTH // self._num_updates))
            if (revision - 1) % (WORDS_AT_ONE_PLACE * PLACES_PER_PARAGRAPH) == 0:
                word = f"\n{word[1:]}"
            changes = ChangeSet.replacing(position, position, word, self._length)
            name, origin, asked = self._facts(revision)
            session, number = divmod(revision - 1, UPDATES_PER_SESSION)
            yield Update(
                document_id=self._document_id,
                revision=revision,
                session_id=f"session {session}",
                number=number,
                author_name=name,
                author_color=1,
                browser_id="b" * 32,
                origin=origin,
                changes=changes.to_json(),
                provenance=_provenance(asked),
            )
            place.words.append((word, revision))
            place.length += len(word)
            position, self._length = position + len(word), self._length + len(word)

    def _begin_place(self) -> tuple[Place, int]:
        """Between any two places that are there; with its position in the text."""
        index = self._random.randint(0, len(self._places))
        position = sum(place.length for place in self._places[:index])
        self._places.insert(index, Place())
        return self._places[index], position

    def _facts(self, revision: int) -> tuple[str, str, int | None]:
        """Who wrote an update, how, and which suggestion it was."""
        name = f"writer {(revision - 1) // UPDATES_PER_SESSION % AUTHORS}"
        is_suggested = revision % UPDATES_PER_SUGGESTION == 0
        return (name, "suggestion", revision) if is_suggested else (name, "typed", None)


def _provenance(asked: int | None) -> dict[str, Any] | None:
    return None if asked is None else {"request_id": str(asked), "index": 0, "checkpoint": "novels-7m"}


def main(document_id: UUID, num_updates: int) -> None:
    django.setup()
    from django.db import transaction

    from webapp.models import Document, Snapshot, Update

    history, rows = LongHistory(document_id, num_updates), []
    with transaction.atomic():
        for update in history.updates():
            # It is not among the places yet, so these are the text before it.
            if update.revision == num_updates - BEYOND_SNAPSHOT + 1:
                told = history.attribution.to_dict()
                place = {"document_id": document_id, "revision": update.revision - 1}
                Snapshot.objects.create(**place, text=history.text, attribution=told)
            rows.append(update)
            if len(rows) == ROWS_AT_ONCE:
                Update.objects.bulk_create(rows)
                rows = []
        Update.objects.bulk_create(rows)
        Document.objects.filter(pk=document_id).update(revision=num_updates)


if __name__ == "__main__":
    main(UUID(sys.argv[1]), int(sys.argv[2]))

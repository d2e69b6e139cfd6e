"""Fills a document with a long history, through the authority itself: `python -m benchmarks.long_document ID COUNT`."""

import random
import sys
from uuid import UUID

import django

from benchmarks.web_processes import WebProcesses

LENGTH = 1_000_000
UPDATES_AT_ONCE = 500
# Words that somebody writes before going on elsewhere in the text.
WORDS_AT_ONE_PLACE = 25
AUTHORS = 5
PARAGRAPH_LENGTH = 600


def write_long_document(processes: WebProcesses, document_id: str, num_updates: int) -> None:
    """About 1 MB of text, written word by word, here and there, by five people, now and then with a suggestion."""
    processes.run("benchmarks.long_document", document_id, str(num_updates))


def main(document_id: UUID, num_updates: int) -> None:
    django.setup()
    from webapp.collab import authority
    from webapp.collab.authority import Author, IncomingUpdate
    from webapp.collab.changes import ChangeSet

    generator, length, revision, place = random.Random(0), 0, 0, 0
    word_length = LENGTH // num_updates
    while revision < num_updates:
        author = Author(f"writer {revision // UPDATES_AT_ONCE % AUTHORS}", 1, "b" * 32)
        updates = []
        for number in range(revision, min(num_updates, revision + UPDATES_AT_ONCE)):
            word = "".join(generator.choices("etaoin shrdlu", k=word_length))
            if number * word_length % PARAGRAPH_LENGTH < word_length:
                word = f"\n{word[1:]}"
            place = place if number % WORDS_AT_ONE_PLACE else generator.randrange(length + 1)
            is_suggested = number % 50 == 0
            provenance = {"request_id": str(number), "index": 0, "checkpoint": "novels-7m"} if is_suggested else None
            origin = "suggestion" if is_suggested else "typed"
            updates.append(IncomingUpdate(ChangeSet.replacing(place, place, word, length), origin, provenance))
            length, place = length + len(word), place + len(word)
        revision = authority.accept(document_id, author, f"session {revision}", revision, 0, updates)


if __name__ == "__main__":
    main(UUID(sys.argv[1]), int(sys.argv[2]))

"""A document's text as its rows alone tell it, read from the SQLite file by none of the product's own code."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.live_writer import applied


def stored_texts(database: Path) -> dict[str, str]:
    """The text of each document, by its id; fails where a revision is missing."""
    texts: dict[str, str] = {}
    revisions: dict[str, int] = {}
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT document_id, revision, changes FROM webapp_update ORDER BY document_id, revision"
        for document_id, revision, changes in connection.execute(query):
            assert revision == revisions.get(document_id, 0) + 1, f"revision {revision} does not follow"
            revisions[document_id] = revision
            texts[document_id] = applied(json.loads(changes), texts.get(document_id, ""))
        heads = dict(connection.execute("SELECT id, revision FROM webapp_document WHERE revision > 0"))
    assert heads == revisions, "a document's head is not its last update's"
    return texts

"""Edits for the writer, and what becomes of them."""

from typing import Any

import pytest

from webapp.collab.authority import Author, Edit, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.errors import ClientError
from webapp.models import Document

SECONDS = 10.0


def typed(document: Document, name: str, *changes: list[Any], revision: int = 0, first_number: int = 0) -> Edit:
    author = Author(name, 1, browser_id=f"{name}'s browser")
    updates = [IncomingUpdate(ChangeSet.from_json(each), "typed") for each in changes]
    return Edit(document.pk, author, f"{name}'s tab", revision, first_number, updates)


def code(answer: Any) -> str:
    """Of the refusal that the edit must meet with."""
    with pytest.raises(ClientError) as refused:
        answer.result(SECONDS)
    return refused.value.code

"""Text files become documents: .txt and .md, in UTF-8, with line ends of any system. Blocks on the database."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import Final

from webapp.collab import authority, utf16
from webapp.collab.authority import MAX_LENGTH, Author, IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.collab.names import clean_line
from webapp.errors import ClientError
from webapp.models import Document
from webapp.models.document import MAX_TITLE_LENGTH

SUFFIXES: Final = (".txt", ".md")
# No text of MAX_LENGTH UTF-16 units has more bytes in UTF-8.
MAX_BYTES: Final = 3 * MAX_LENGTH


def import_document(author: Author, name: str, data: bytes) -> Document:
    """A new document of the author's, named after the file. Raises ClientError with words for people."""
    path = PurePath(name)
    if path.suffix.lower() not in SUFFIXES:
        raise ClientError("bad_file", "Only .txt and .md files can be brought along.")
    text = read_text(data)
    title = clean_line(path.stem, MAX_TITLE_LENGTH)
    document = Document.objects.create(browser_id=author.browser_id, user_id=author.user_id, title=title)
    if text:
        fill(document, author, text)
    return document


def fill(document: Document, author: Author, text: str) -> None:
    changes = ChangeSet.from_json([[0, *text.split("\n")]])
    update = IncomingUpdate(changes, "imported")
    try:
        authority.accept(document.pk, author, f"import-{uuid.uuid4().hex}", 0, 0, [update])
    except ClientError:
        document.delete()
        raise


def read_text(data: bytes) -> str:
    """What the bytes say, with lines that end in LF. Raises ClientError "bad_file"."""
    if len(data) > MAX_BYTES:
        raise bad_file(f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are possible.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise bad_file(f"The file is no text in UTF-8 (byte {error.start + 1:,}). Save it as UTF-8 first.") from error
    if "\0" in text:
        raise bad_file(f"The file holds a NUL character (line {text[: text.index(chr(0))].count(chr(10)) + 1:,}).")
    length = utf16.length(text)
    if length > MAX_LENGTH:
        raise bad_file(f"The text has {length:,} characters; a document holds at most {MAX_LENGTH:,}.")
    return text


def bad_file(message: str) -> ClientError:
    return ClientError("bad_file", f"{message} Nothing was brought along.")

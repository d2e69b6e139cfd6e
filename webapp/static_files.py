"""Serves our static files and the admin's in front of Django and from memory, each for ever: its address has a hash.

Neither whitenoise nor servestatic compresses without `collectstatic`, which starting Inkling shall not need; and what
Django does for a page would cost as much for each of the hundred small files that an editor is made of. What exists is
listed once, so no path leads elsewhere, and memory holds those files at most, as they are and compressed.
"""

import asyncio
import gzip
import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from django.contrib.staticfiles.finders import get_finders

from webapp.origins import Application
from webapp.static import is_served

# A year, which is for ever.
CACHE_CONTROL = b"public, max-age=31536000, immutable"
PLAIN_TEXT = "text/plain; charset=utf-8"
ACCEPTS_GZIP = re.compile(rb"\bgzip\b")

# Types of our own, since those of the machine differ, and browsers refuse modules of the wrong type.
TYPES = mimetypes.MimeTypes()
TYPES.add_type("text/javascript", ".js")
TYPES.add_type("text/javascript", ".mjs")
TYPES.add_type("font/woff2", ".woff2")

Headers = list[tuple[bytes, bytes]]


def list_files() -> dict[str, Path]:
    """By the path under STATIC_URL. Of two that have the same, the first wins, as everywhere in Django."""
    files: dict[str, Path] = {}
    for finder in get_finders():
        for path, storage in finder.list(["*node_modules"]):
            if is_served(PurePath(path)):
                files.setdefault(PurePath(path).as_posix(), Path(storage.path(path)))
    return files


class StaticFiles:
    """An ASGI application for http: files under the prefix, and all the rest by the pages."""

    def __init__(self, pages: Application, prefix: str, files: Mapping[str, Path]) -> None:
        self._pages = pages
        self._prefix = prefix
        self._files = files
        self._read: dict[str, StaticFile] = {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if not scope["path"].startswith(self._prefix):
            await self._pages(scope, receive, send)
            return
        status, headers, body = await self._answer(scope["path"].removeprefix(self._prefix), scope)
        headers += [(b"content-length", str(len(body)).encode()), (b"x-content-type-options", b"nosniff")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, path: str, scope: dict[str, Any]) -> tuple[int, Headers, bytes]:
        if scope["method"] not in ("GET", "HEAD"):
            return 405, [(b"allow", b"GET, HEAD"), content_type(PLAIN_TEXT)], b"Static files can only be read."
        if path not in self._files:
            return 404, [content_type(PLAIN_TEXT)], b"There is no such static file."
        if path not in self._read:
            self._read[path] = await asyncio.to_thread(StaticFile.read, self._files[path])
        return self._read[path].answer(accepts_gzip(scope["headers"]))


@dataclass(frozen=True, slots=True)
class StaticFile:
    type: str
    content: bytes
    # None where that would be longer.
    compressed: bytes | None

    @classmethod
    def read(cls, path: Path) -> "StaticFile":
        content = path.read_bytes()
        compressed = gzip.compress(content, mtime=0)
        type_ = TYPES.guess_type(path.name)[0] or "application/octet-stream"
        return cls(type_, content, compressed if len(compressed) < len(content) else None)

    def answer(self, is_compressed: bool) -> tuple[int, Headers, bytes]:
        headers = [content_type(self.type), (b"cache-control", CACHE_CONTROL), (b"vary", b"Accept-Encoding")]
        if self.compressed is None or not is_compressed:
            return 200, headers, self.content
        return 200, [*headers, (b"content-encoding", b"gzip")], self.compressed


def content_type(name: str) -> tuple[bytes, bytes]:
    return b"content-type", name.encode()


def accepts_gzip(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return any(name == b"accept-encoding" and ACCEPTS_GZIP.search(value) for name, value in headers)

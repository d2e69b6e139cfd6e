"""A hub on this machine: serves one folder as one repository, the way huggingface_hub asks for it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def serve(folder: Path, hub_id: str) -> Iterator[tuple[str, list[str]]]:
    """Gives the hub's address and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            asked.append(path)
            if path in (f"/api/models/{hub_id}", f"/api/models/{hub_id}/revision/{COMMIT}"):
                return self.answer(json.dumps({"id": hub_id, "sha": COMMIT, "siblings": []}).encode())
            if path.startswith(f"/api/models/{hub_id}/tree/{COMMIT}"):
                return self.answer(json.dumps([_entry(file) for file in sorted(folder.iterdir())]).encode())
            file = folder / path.rpartition("/")[2]
            if path.startswith(f"/{hub_id}/resolve/{COMMIT}/") and file.is_file():
                return self.answer(file.read_bytes(), ETag=f'"{_hash(file)}"')
            return self.answer(b"{}", status=404, **{"X-Error-Code": "RepoNotFound"})

        def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"X-Repo-Commit": COMMIT, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _entry(file: Path) -> dict[str, object]:
    return {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": _hash(file)}


def _hash(file: Path) -> str:
    return hashlib.sha1(file.read_bytes()).hexdigest()

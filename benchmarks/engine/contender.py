"""A contender seen from outside: its process is started once and plays one scene at a time."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

# A scene that has not ended by then never will.
LIMIT_SECONDS = 900.0


class ContenderFailed(Exception):
    """Names the contender, and the last lines of what it said."""


class Contender:
    """Started by the first scene; between scenes it waits and does nothing."""

    def __init__(self, name: str, python: Path, module: str, arguments: list[str], log: Path) -> None:
        self.name = name
        self._command = [str(python), "-m", f"benchmarks.engine.{module}", *arguments]
        self._log = log
        self._process: subprocess.Popen[str] | None = None

    def play(self, scene: str, **arguments: Any) -> dict[str, Any]:
        """Raises ContenderFailed."""
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"scene": scene, **arguments}) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise ContenderFailed(self._why()) from None
        result: dict[str, Any] = self._read(process)
        return result

    def close(self) -> None:
        if self._process is None:
            return
        self._process.communicate()
        self._process = None

    def _start(self) -> subprocess.Popen[str]:
        # What our package has set for itself is not for peers.
        environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, env=environment
            )
        self._read(self._process)
        return self._process

    def _read(self, process: subprocess.Popen[str]) -> Any:
        assert process.stdout is not None
        watchdog = threading.Timer(LIMIT_SECONDS, process.kill)
        watchdog.start()
        line = process.stdout.readline()
        watchdog.cancel()
        if not line:
            raise ContenderFailed(self._why())
        return json.loads(line)

    def _why(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return f"{self.name} ended: {lines[-1] if lines else 'it said nothing'} (all of it is in {self._log})"

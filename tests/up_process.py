"""`manage.py up` in a process of its own, for tests that need the real thing."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Importing Django twice on a busy machine takes its time.
LIMIT_SECONDS = 60.0


class Up:
    """A running `up`; `--without-worker`, since decoding is not its business."""

    def __init__(self, data_dir: Path, **environ: str) -> None:
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DATABASE_URL")}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--without-worker"],
            cwd=ROOT,
            env={**kept, "PORT": str(self.port), "DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.output += line

    def wait_for(self, pattern: str, times: int = 1) -> None:
        wait_until(lambda: len(re.findall(pattern, self.output)) >= times, lambda: f"no {pattern!r} in\n{self.output}")

    def wait_for_page(self) -> None:
        wait_until(lambda: self.status("/healthz") == 200, lambda: f"no page; {self.output}")

    def status(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def children(self) -> dict[str, int]:
        """Process ids by a word of the command line."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        pids = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in map(int, text.split())}
        return {"web" if "processes.web" in command else "redis": pid for pid, command in pids.items()}

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        status = self.process.wait(LIMIT_SECONDS)
        self.reader.join()
        return status


def wait_until(is_true: Callable[[], bool], explain: Callable[[], str]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

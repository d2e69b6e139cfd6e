"""Starts the product as a person would, on a data folder of its own, and stops it again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 120


@contextmanager
def running_system() -> Iterator[tuple[str, Path]]:
    """Yields the address and the log file of a system that is ready; the log is kept only while it runs."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="inkling-bench-") as folder:
        log = Path(folder) / "up.log"
        environment = {**os.environ, "PORT": str(port), "DATA_DIR": f"{folder}/data"}
        with log.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            _wait_until_ready(process, address, log)
            yield address, log
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            raise SystemExit(f"manage.py up ended with {process.returncode}:\n{log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit(f"The system was not ready within {START_SECONDS} s:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port

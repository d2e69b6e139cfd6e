"""Web processes, a worker, one database and one Redis: separate processes that can be killed and started again."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

from webapp.processes.embedded_redis import find_program

# A process that starts takes seconds of a core, which on a busy machine are minutes.
START_SECONDS = 300.0
READY_SECONDS = 300.0
REDIS, WORKER = "redis", "worker"
# How much of the processes' logs is told after a failure.
LAST_WORDS = 5000


class WebProcesses:
    """`web0`, `web1`, … and `redis`, in a folder of their own, and `worker` where it is wanted.

    What is killed stays dead until it is started.
    """

    def __init__(self, folder: Path, num_web: int = 2, *, has_worker: bool = False) -> None:
        self.has_worker = has_worker
        self.database = folder / "data" / "inkling.sqlite3"
        self.addresses = [f"http://127.0.0.1:{_free_port()}" for _ in range(num_web)]
        self._folder = folder
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environ = {
            **os.environ,
            "DATA_DIR": str(folder / "data"),
            "REDIS_URL": f"unix://{folder / 'redis.sock'}",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "webapp.settings",
            "HF_HUB_OFFLINE": "1",
        }
        self._environ.pop("DATABASE_URL", None)

    @property
    def names(self) -> list[str]:
        return [f"web{index}" for index in range(len(self.addresses))]

    def __enter__(self) -> Self:
        self.database.parent.mkdir(parents=True)
        try:
            self.run("manage", "migrate", "--verbosity", "0")
            for name in [REDIS, *self.names]:
                self.start(name)
            if self.has_worker:
                self.run("manage", "registercheckpoints")
                self.start(WORKER)
            for name in self.names:
                self.wait_for(name)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._stop()
        if error is not None:
            for name in self.names + [WORKER] * self.has_worker:
                print(f"{name} said:\n{self.log(name).read_text()[-LAST_WORDS:]}", file=sys.stderr)

    def run(self, module: str, *arguments: str) -> None:
        """Runs a module of ours on the same database, to its end."""
        subprocess.run([sys.executable, "-m", module, *arguments], env=self._environ, check=True)

    def start(self, name: str) -> None:
        command, environ = [sys.executable, "-m", "webapp.processes.web"], self._environ
        if name == WORKER:
            command = [sys.executable, "-m", "webapp.processes.worker"]
        elif name == REDIS:
            program = find_program()
            if program is None:
                raise SystemExit("There is no redis-server.")
            options = ["--port", "0", "--unixsocket", str(self._folder / "redis.sock"), "--save", "", "--dir"]
            command = [program, *options, str(self._folder)]
        else:
            port = self.addresses[self.names.index(name)].rsplit(":", 1)[1]
            environ = {**environ, "PORT": port}
        with self.log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(command, env=environ, stdout=log, stderr=subprocess.STDOUT)

    def kill(self, name: str) -> None:
        """Ends it as a power cut would."""
        self._processes[name].kill()
        self._processes[name].wait()

    def wait_for(self, name: str) -> None:
        """Until the process answers."""
        self._wait_for(name, "healthz", START_SECONDS)

    def wait_until_ready(self) -> None:
        """Until one can write and have suggestions. Asking also gives an emptied Redis its catalogue back."""
        for name in self.names:
            self._wait_for(name, "readyz", READY_SECONDS)

    def _wait_for(self, name: str, page: str, seconds: float) -> None:
        address = self.addresses[self.names.index(name)]
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up and self._processes[name].poll() is None:
            try:
                with urllib.request.urlopen(f"{address}/{page}", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise SystemExit(f"{name} does not answer at /{page}:\n{self.log(name).read_text()}")

    def log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def resident_bytes(self, name: str) -> int:
        """How much memory the process holds."""
        num_pages = Path(f"/proc/{self._processes[name].pid}/statm").read_text().split()[1]
        return int(num_pages) * os.sysconf("SC_PAGE_SIZE")

    def cpu_seconds(self, name: str) -> float:
        """How long the process has used a core."""
        fields = Path(f"/proc/{self._processes[name].pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _stop(self) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])

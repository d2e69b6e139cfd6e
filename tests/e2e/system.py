"""The whole product in processes of its own, as `manage.py up` runs it, on a data folder of its own."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

import psutil  # type: ignore[import-untyped]  # its stubs are a package of their own
from redis import Redis

from generation import roster
from generation.redis_connection import open_redis
from generation.roster import Roster
from tests.e2e.waiting import until
from tests.up_process import ROOT, free_port
from webapp.processes.embedded_redis import embedded_url

Child = Literal["redis", "worker", "web"]

# A word of each child's command line.
COMMANDS: dict[Child, str] = {"redis": "redis-server", "worker": "processes.worker", "web": "processes.web"}
# Django, torch and a checkpoint, on cores that others use too.
START_SECONDS = 120.0
STOP_SECONDS = 60.0
TAIL_LINES = 60


class System:
    """Started when it is made; `stop` ends it and gives its exit status."""

    def __init__(self) -> None:
        # Not pytest's tmp_path, whose name may be too long for Redis' socket.
        self.folder = Path(tempfile.mkdtemp(prefix="inkling-"))
        self.data_dir = self.folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.folder / "up.log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environ(), stdout=output, stderr=output
            )

    def environ(self) -> dict[str, str]:
        ours = ("REDIS_URL", "DATABASE_URL", "SECRET_KEY", "MODELS_DIR", "CHECKPOINT", "ORIGINS", "HOST")
        kept = {name: value for name, value in os.environ.items() if name not in ours}
        return {**kept, "PORT": str(self.port), "DATA_DIR": str(self.data_dir), "HF_HUB_OFFLINE": "1"}

    def manage(self, *arguments: str, **environ: str) -> None:
        """Another command of `manage.py` on the same data."""
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env={**self.environ(), **environ}, check=True, capture_output=True)

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "checkpoints"

    async def wait_until_ready(self) -> None:
        """Web, database, Redis and a checkpoint that can answer."""
        await until(self.is_ready, seconds=START_SECONDS)

    async def is_ready(self) -> bool:
        assert self.process.poll() is None, f"`up` ended with {self.process.returncode}\n{self.tail()}"
        return self.status("/readyz") == 200

    async def is_serving(self) -> bool:
        return self.status("/healthz") == 200

    def status(self, path: str) -> int:
        """0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def find(self, child: Child) -> psutil.Process | None:
        for process in psutil.Process(self.process.pid).children():
            if any(COMMANDS[child] in word for word in command_line(process)):
                return process
        return None

    async def kill(self, child: Child) -> None:
        """As a crash would. The supervisor starts another one."""
        process = self.find(child)
        assert process is not None, f"{child} does not run\n{self.tail()}"
        process.kill()

        async def is_gone() -> bool:
            return not process.is_running()

        await until(is_gone)

    def pause(self, child: Child) -> psutil.Process:
        """It lives and does nothing; `resume()` of what is returned lets it go on."""
        process = self.find(child)
        assert process is not None, f"{child} does not run\n{self.tail()}"
        process.suspend()
        return process

    def redis(self) -> Redis:
        return open_redis(embedded_url(self.data_dir))

    async def num_running(self) -> int:
        """Continuations under way, as the workers say every second."""
        with self.redis() as redis:
            statuses = roster.read(redis, Roster()).statuses.values()
        return sum(status.num_running + status.num_waiting for status in statuses)

    def tail(self, begins_at: int = 0) -> str:
        """The log's last lines, of those after a byte."""
        text = self.log.read_bytes()[begins_at:].decode(errors="replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    def stop(self) -> int:
        """As Ctrl-C does; its children are gone afterwards."""
        children = psutil.Process(self.process.pid).children() if self.process.poll() is None else []
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(STOP_SECONDS)
        assert not [child for child in children if child.is_running()], self.tail()
        return status

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def command_line(process: psutil.Process) -> list[str]:
    """Nothing where it has just ended."""
    try:
        return list(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []

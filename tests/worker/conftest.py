"""A real worker process with the bundled checkpoint, a real Redis, and a tab that asks it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from generation import catalogue, roster
from generation.checkpoints import BUNDLED
from generation.redis_connection import open_redis
from generation.roster import Roster
from tests.broker import use_redis
from tests.redis_server import RedisServer
from tests.waiting import wait_until
from webapp import suggestions
from webapp.channel_layer import ResilientPubSubChannelLayer
from webapp.protocol import SuggestParams
from webapp.suggestions import Asked

START_S = 60.0
CATALOGUE: dict[str, Any] = {
    "version": 1,
    "default": BUNDLED,
    "checkpoints": [
        {"name": BUNDLED, "source": f"bundled:{BUNDLED}", "revision": "", "dtype": "float32", "load": True}
    ],
}


@dataclass
class WorkerProcess:
    process: subprocess.Popen[bytes]
    redis: RedisServer
    log: Path

    def state(self, name: str = BUNDLED) -> str:
        """As the web side sees it now."""
        with open_redis(self.redis.url) as redis:
            status = roster.read(redis, Roster()).statuses.get(name)
        return status.state if status else "unknown"

    def reason(self, name: str) -> str:
        with open_redis(self.redis.url) as redis:
            return roster.read(redis, Roster()).statuses[name].reason

    def publish(self, content: dict[str, Any]) -> None:
        with open_redis(self.redis.url) as redis:
            catalogue.publish(redis, content)


@dataclass
class Tab:
    """A channel with the events that came on it, sorted by request."""

    channel: str
    layer: ResilientPubSubChannelLayer
    events: list[dict[str, Any]] = field(default_factory=list)

    async def ask(
        self, request_id: str, prompt: str = "It was a dark night, and", *, fresh: bool = True, **params: Any
    ) -> Asked:
        return await suggestions.ask(
            asker="alice",
            reply_to=self.channel,
            request_id=request_id,
            prompt=prompt,
            checkpoint=None,
            params=SuggestParams(**{"num_continuations": 2, "max_time_ms": 10_000, **params}),
            fresh=fresh,
        )

    async def hear(self, request_id: str, kind: str, count: int = 1, seconds: float = 10.0) -> list[dict[str, Any]]:
        """Waits for so many events of this kind, and gives all of the request's."""
        async with asyncio.timeout(seconds):
            while sum(event["type"] == kind for event in self.of(request_id)) < count:
                self.events.append(await self.layer.receive(self.channel))
        return self.of(request_id)

    def of(self, request_id: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["request_id"] == request_id]


def start_worker(redis: RedisServer, folder: Path, module: str = "webapp.processes.worker") -> WorkerProcess:
    with open_redis(redis.url) as client:
        catalogue.publish(client, CATALOGUE)
    environ = {**os.environ, "REDIS_URL": redis.url, "DATA_DIR": str(folder), "HF_HUB_OFFLINE": "1"}
    log = folder / "worker.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", module]
        process = subprocess.Popen(command, env=environ, stdout=output, stderr=output)
    worker = WorkerProcess(process, redis, log)
    try:
        wait_until(lambda: worker.state() == "ready" or process.poll() is not None, START_S)
        assert process.poll() is None, log.read_text()
    except BaseException:
        process.kill()
        raise
    return worker


def stop_worker(worker: WorkerProcess) -> None:
    if worker.process.poll() is None:
        worker.process.kill()
    worker.process.wait()


@pytest.fixture(scope="module")
def lasting_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    redis = RedisServer()
    redis.start()
    worker = start_worker(redis, tmp_path_factory.mktemp("worker"))
    yield worker
    stop_worker(worker)
    redis.close()


@pytest.fixture
def worker(lasting_worker: WorkerProcess, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> WorkerProcess:
    """One for all tests of the module that leave it alive; ready to answer."""
    use_redis(lasting_worker.redis.url, settings, monkeypatch)
    lasting_worker.publish(CATALOGUE)
    wait_until(lambda: lasting_worker.state() == "ready")
    return lasting_worker


@pytest.fixture
def mortal_worker(
    redis_server: RedisServer, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WorkerProcess]:
    """One that the test may kill."""
    use_redis(redis_server.url, settings, monkeypatch)
    worker = start_worker(redis_server, tmp_path)
    yield worker
    stop_worker(worker)


@pytest.fixture
def dying_worker(
    redis_server: RedisServer, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WorkerProcess]:
    """One whose decode loop dies of the prompt DEADLY."""
    use_redis(redis_server.url, settings, monkeypatch)
    worker = start_worker(redis_server, tmp_path, "tests.worker.dying_worker")
    yield worker
    stop_worker(worker)


@pytest.fixture
async def tab(settings: Settings) -> AsyncIterator[Tab]:
    """Asks on the Redis that the test's worker fixture has set."""
    layer = ResilientPubSubChannelLayer()
    yield Tab(await layer.new_channel(), layer)
    await layer.flush()

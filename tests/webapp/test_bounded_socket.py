"""A browser that does not read costs the server a bounded amount of memory, and is told why it was sent away."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.waiting import wait_until
from webapp.processes.bounded_socket import MAX_UNSENT, SLOW_SECONDS, TOO_SLOW, Backlog

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")

MEBIBYTE = 2**20
SECONDS = 60.0


class FloodingServer:
    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self._log = folder / "log"
        environ = {**os.environ, "PORT": str(self.port), "DATA_DIR": str(folder), "SECRET_KEY": "x" * 50}
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "tests.webapp.flooding_server"]
            self._process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def resident_bytes(self) -> int:
        num_pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        return int(num_pages) * os.sysconf("SC_PAGE_SIZE")

    def is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FloodingServer]:
    server = FloodingServer(tmp_path)
    wait_until(server.is_listening, SECONDS)
    yield server
    server.end()


def test_a_tab_that_does_not_read_is_closed_and_memory_stays_bounded(server: FloodingServer) -> None:
    before = server.resident_bytes
    # The library stops reading from the network when this many frames wait for us.
    with connect(f"ws://127.0.0.1:{server.port}/", max_queue=1, compression=None, ping_interval=None) as tab:
        wait_until(lambda: f"closed with {TOO_SLOW}" in server.log, SECONDS)
        # What waits is put together once more on its way out.
        assert server.resident_bytes - before < 2 * MAX_UNSENT + 16 * MEBIBYTE
        with pytest.raises(ConnectionClosed) as closed:
            deque(tab, maxlen=0)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == TOO_SLOW


def test_a_slow_reader_of_a_long_document_is_not_stuck() -> None:
    backlog = Backlog(now=0.0)
    assert backlog.seconds_stuck(1_600_000, 2) == 2
    assert all(backlog.seconds_stuck(1_600_000 - 50_000 * second, second) == 0 for second in range(4, 30, 2))


def test_who_reads_nothing_or_less_than_comes_is_stuck() -> None:
    silent, late = Backlog(now=0.0), Backlog(now=0.0)
    assert [silent.seconds_stuck(300_000, second) for second in (2, 10, 20)] == [2, 10, 20]
    assert [late.seconds_stuck(100_000 + 1000 * second, second) for second in (2, 10, 20)] == [2, 10, 20]
    assert silent.seconds_stuck(299_999, 22) == 0
    assert silent.seconds_stuck(299_999, 22 + SLOW_SECONDS) == SLOW_SECONDS

"""`manage.py up` as a person runs it, in a process of its own: what it says, what it survives, how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.up_process import ROOT, Up, free_port, wait_until


def run(**environ: str) -> subprocess.CompletedProcess[str]:
    """An `up` that is expected to end by itself."""
    environ = {**os.environ, "PORT": str(free_port()), **environ}
    command = [sys.executable, "manage.py", "up", "--without-worker"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for the tests that leave it as it was."""
    up = Up(tmp_path_factory.mktemp("up") / "var")
    yield up
    if up.process.poll() is None:
        up.end(signal.SIGTERM)


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")


def test_it_tells_each_step_and_what_it_waits_for(running: Up) -> None:
    running.wait_for(r"Waiting for checkpoint: novels-7m is unavailable: no worker")
    steps = ["Inkling keeps its data in", "Updating the database", "Starting Redis", "Starting the web server"]
    places = [running.output.index(step) for step in steps]
    assert places == sorted(places)
    assert "Traceback" not in running.output


def test_pages_and_static_files_are_served(running: Up) -> None:
    running.wait_for_page()
    assert running.status("/admin/login/") == 200


def test_the_log_holds_no_token(running: Up) -> None:
    running.wait_for_page()
    running.status("/s/a-secret-token")
    running.wait_for(r"GET /s/… 404")
    assert "a-secret-token" not in running.output


def test_a_second_one_with_the_same_folder_is_refused(running: Up) -> None:
    running.wait_for_page()
    data_dir = re.search(r"keeps its data in (.*)", running.output)
    assert data_dir is not None
    second = run(DATA_DIR=data_dir[1])
    assert second.returncode == 1
    assert second.stderr.strip().endswith("which another Inkling uses already")
    assert "\n" not in second.stderr.strip()


def test_children_that_die_start_again(running: Up) -> None:
    running.wait_for_page()
    before = running.children()
    for name in ("web", "redis"):
        os.kill(before[name], signal.SIGKILL)
        running.wait_for(rf"{name} ended by SIGKILL; it starts again in 0.5 s")
    wait_until(lambda: running.children().keys() == before.keys(), lambda: running.output)
    running.wait_for_page()
    after = running.children()
    assert all(after[name] != before[name] for name in before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_and_keeps_what_matters(tmp_path: Path, number: signal.Signals) -> None:
    up = Up(tmp_path / "var")
    up.wait_for_page()
    children = up.children()
    assert up.end(number) == 0
    assert "Traceback" not in up.output
    assert up.output.rstrip().splitlines()[-1].startswith("Stopped")
    assert all(not Path(f"/proc/{pid}").exists() for pid in children.values())
    assert (tmp_path / "var" / "inkling.sqlite3").exists()
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        result = run(DATA_DIR=str(tmp_path), PORT=str(port))
    assert result.returncode == 1
    expected = f"CommandError: Port {port} on 127.0.0.1 cannot be listened on: Address already in use. PORT={port + 1}"
    assert result.stderr.startswith(expected)
    assert result.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run(DATA_DIR=str(tmp_path / "file" / "var"))
    assert result.returncode == 1
    assert "which cannot be written: Not a directory" in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unknown_checkpoint_is_one_clear_line(tmp_path: Path) -> None:
    result = run(DATA_DIR=str(tmp_path), CHECKPOINT="gpt5")
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: CHECKPOINT is 'gpt5', expected one of distilgpt2")
    assert result.stderr.count("\n") == 1


def test_a_database_that_cannot_be_reached_is_one_clear_line(tmp_path: Path) -> None:
    address = f"postgres://ink@127.0.0.1:{free_port()}/inkling"
    result = run(DATA_DIR=str(tmp_path), DATABASE_URL=address)
    assert result.returncode == 1
    assert result.stderr.startswith("CommandError: The database cannot be used: connection failed")
    assert "Traceback" not in result.stderr

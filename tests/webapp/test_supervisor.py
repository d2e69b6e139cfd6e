"""The supervisor with children that are one line of Python."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from webapp.processes.supervisor import MAX_DEATHS, WINDOW_SECONDS, Child, GaveUp, Supervisor

ROOT = Path(__file__).parents[2]
SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)


def wait_until(is_true: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def supervisor(lines: list[str]) -> Iterator[Supervisor]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    supervisor = Supervisor(lines.append)
    yield supervisor
    supervisor.stop()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_child_that_dies_starts_again(supervisor: Supervisor, lines: list[str]) -> None:
    child = Child("sleeper", SLEEP)
    supervisor.add(child)
    assert child.process is not None
    first = child.process
    first.kill()
    first.wait()

    def is_back() -> bool:
        supervisor.look_after_children()
        return child.process not in (None, first)

    wait_until(is_back)

    assert lines == ["sleeper ended by SIGKILL; it starts again in 0.5 s"]
    assert child.process is not None
    assert child.process.poll() is None


def test_the_wait_doubles_and_the_fifth_death_within_a_minute_is_the_last() -> None:
    child = Child("crasher", SLEEP)
    waits = []
    for _ in range(MAX_DEATHS - 1):
        child.note_death(1, now=100.0)
        waits.append(child.starts_at - 100.0)
    assert waits == [0.5, 1.0, 2.0, 4.0]
    with pytest.raises(GaveUp, match="crasher ended 5 times within a minute, the last time with status 1"):
        child.note_death(1, now=101.0)


def test_rare_deaths_are_forgiven() -> None:
    child = Child("rare", SLEEP)
    for number in range(3 * MAX_DEATHS):
        now = number * WINDOW_SECONDS
        child.note_death(1, now)
        assert child.starts_at - now <= 0.5


def test_children_are_stopped_in_the_opposite_order(supervisor: Supervisor, tmp_path: Path) -> None:
    program = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(note()))\n"
    program += f"note = lambda: open({str(tmp_path / 'order')!r}, 'a').write(sys.argv[1] + ' ')\n"
    program += f"open({str(tmp_path)!r} + '/' + sys.argv[1], 'w').close()\ntime.sleep(60)"
    for name in ("redis", "worker", "web"):
        supervisor.add(Child(name, [sys.executable, "-c", program, name]))
    wait_until(lambda: all((tmp_path / name).exists() for name in ("redis", "worker", "web")))

    supervisor.stop()

    assert (tmp_path / "order").read_text() == "web worker redis "


def test_a_child_that_does_not_listen_is_killed() -> None:
    child = Child("stubborn", [sys.executable, "-c", STUBBORN], stop_seconds=0.2)
    child.process = subprocess.Popen(child.command, stdout=subprocess.PIPE)
    process = child.process
    assert process.stdout is not None
    process.stdout.readline()

    child.ask_to_stop()
    child.wait_until_stopped()
    process.stdout.close()

    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom webapp.processes.supervisor import Child, Supervisor\n"
        f"supervisor = Supervisor(print)\nchild = Child('sleeper', {SLEEP!r})\nsupervisor.add(child)\n"
        "print(child.process.pid, flush=True)\nsupervisor.run()"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_until(lambda: not is_running(pid))


def is_running(pid: int) -> bool:
    """A process that has ended but was not waited for does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False

"""Keeps child processes running: starts them in order, restarts what dies, stops them in the opposite order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType

STEP_SECONDS = 0.1
# A child that dies so often within the window will not get better by itself.
MAX_DEATHS = 5
WINDOW_SECONDS = 60.0
FIRST_WAIT_SECONDS = 0.5

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


class GaveUp(Exception):
    """A child does not stay alive."""


@dataclass
class Child:
    name: str
    command: list[str]
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    stop_seconds: float = 10.0
    process: subprocess.Popen[bytes] | None = None
    # When it died lately, and when it may start again; seconds of the monotonic clock.
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_DEATHS))
    starts_at: float = 0.0

    def start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops the children in order.
        self.process = subprocess.Popen(
            self.command, env=self.environ, start_new_session=True, preexec_fn=end_with_parent
        )

    def note_death(self, status: int, now: float) -> None:
        """Plans the restart. Raises GaveUp."""
        self.process = None
        self.deaths.append(now)
        if len(self.deaths) == MAX_DEATHS and now - self.deaths[0] < WINDOW_SECONDS:
            raise GaveUp(f"{self.name} ended {MAX_DEATHS} times within a minute, the last time {describe(status)}")
        num_recent = sum(now - death < WINDOW_SECONDS for death in self.deaths)
        self.starts_at = now + FIRST_WAIT_SECONDS * 2 ** (num_recent - 1)

    def ask_to_stop(self) -> None:
        if self.process is not None:
            self.process.terminate()

    def wait_until_stopped(self) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


class Supervisor:
    """`say` gets one line for a person at a time; `on_step` is called ten times a second, between restarts."""

    def __init__(self, say: Callable[[str], None], on_step: Callable[[], None] = lambda: None) -> None:
        self.say = say
        self.on_step = on_step
        self.children: list[Child] = []
        self.is_stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.note_signal)

    def note_signal(self, number: int, frame: FrameType | None) -> None:
        self.is_stopping = True

    def add(self, child: Child) -> None:
        """Starts it; it is stopped before those added earlier."""
        self.children.append(child)
        child.start()

    def run(self) -> None:
        """Until a signal comes. Raises GaveUp."""
        while not self.is_stopping:
            self.look_after_children()
            self.on_step()
            time.sleep(STEP_SECONDS)

    def look_after_children(self) -> None:
        now = time.monotonic()
        for child in self.children:
            status = child.process.poll() if child.process else None
            if status is not None:
                child.note_death(status, now)
                self.say(f"{child.name} ended {describe(status)}; it starts again in {child.starts_at - now:.1f} s")
            elif child.process is None and now >= child.starts_at:
                child.start()

    def stop(self) -> None:
        for child in reversed(self.children):
            child.ask_to_stop()
            child.wait_until_stopped()


def describe(status: int) -> str:
    return f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"


def end_with_parent() -> None:
    """Runs in the child: nobody would restart or stop it if the supervisor were killed outright."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

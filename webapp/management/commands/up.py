"""Runs all of Inkling on this machine, in this terminal: Redis, the worker and the web server."""

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from redis import Redis, RedisError

from webapp.processes.data_folder import DataFolderError, keep_secret_key, open_data_folder
from webapp.processes.embedded_redis import configure, find_program
from webapp.processes.readiness import read_missing
from webapp.processes.supervisor import Child, GaveUp, Supervisor

WORKER = [sys.executable, "-m", "webapp.processes.worker"]
WEB = [sys.executable, "-m", "webapp.processes.web"]

REDIS_START_SECONDS = 10.0
# How often /readyz is asked, before and after it first said yes. Asking also gives an emptied Redis its catalogue back.
WAITING_SECONDS, WATCHING_SECONDS = 1.0, 5.0


class Command(BaseCommand):
    help = "Run Redis, the worker and the web server until Ctrl-C. PORT, DATA_DIR and CHECKPOINT are variables."
    # The database may be missing yet; migrate runs the checks.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-worker", action="store_true", help="workers run on other machines")

    def handle(self, *args: Any, **options: Any) -> None:
        check_port(settings.HOST, settings.PORT)
        try:
            lock = open_data_folder(settings.DATA_DIR)
        except DataFolderError as error:
            raise CommandError(str(error)) from error
        with lock:
            self.run_everything(has_worker=not options["without_worker"])

    def run_everything(self, has_worker: bool) -> None:
        # First of all, since it takes Ctrl-C from here on.
        supervisor = Supervisor(self.say, on_step=Watch(self.say).step)
        environ = child_environ()
        self.say(f"Inkling keeps its data in {settings.DATA_DIR}")
        self.say("Updating the database ...")
        migrate()
        try:
            if settings.IS_REDIS_EMBEDDED:
                environ["REDIS_URL"] = self.start_redis(supervisor)
            call_command("registercheckpoints")
            if has_worker:
                self.say("Starting the worker ...")
                supervisor.add(Child("worker", WORKER, environ))
            self.say("Starting the web server ...")
            supervisor.add(Child("web", WEB, environ))
            supervisor.run()
            self.say("Stopping ...")
        except GaveUp as error:
            raise CommandError(f"{error}. The lines above say why.") from error
        finally:
            supervisor.stop()
        self.say("Stopped; the data folder holds everything that was written.")

    def start_redis(self, supervisor: Supervisor) -> str:
        """Returns its address once it answers."""
        program = find_program()
        if program is None:
            raise CommandError("There is no redis-server; install one, or set REDIS_URL to one that runs elsewhere.")
        configuration, url = configure(settings.DATA_DIR)
        self.say("Starting Redis ...")
        supervisor.add(Child("redis", [program, str(configuration)]))
        if not answers(url, REDIS_START_SECONDS):
            raise CommandError(f"Redis does not answer; {configuration.parent / 'redis.log'} says why.")
        settings.REDIS_URL = url
        return url

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


class Watch:
    """Says once when one can write, and afterwards when one no longer can and can again."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.missing: list[str] | None = None
        self.was_ready = False
        self.asks_at = 0.0

    def step(self) -> None:
        now = time.monotonic()
        if now < self.asks_at:
            return
        missing = read_missing()
        self.asks_at = now + (WAITING_SECONDS if missing else WATCHING_SECONDS)
        if missing != self.missing:
            self.missing = missing
            self.tell()

    def tell(self) -> None:
        if self.missing:
            self.say(f"Waiting for {'; '.join(self.missing)}")
        elif self.was_ready:
            self.say("Inkling is ready again")
        else:
            self.was_ready = True
            self.say(f"Inkling is ready: {settings.ORIGINS[0]}/")
            self.say(first_admin_hint())


def migrate() -> None:
    try:
        call_command("migrate", verbosity=0)
    except OperationalError as error:
        raise CommandError(f"The database cannot be used: {error}") from error


def child_environ() -> dict[str, str]:
    """What the children read instead of asking again: one key, one Redis, one data folder."""
    return {
        **os.environ,
        "SECRET_KEY": settings.KEPT_SECRET_KEY or keep_secret_key(settings.SECRET_KEY_PATH),
        "REDIS_URL": settings.REDIS_URL,
        "DATA_DIR": str(settings.DATA_DIR),
        "MODELS_DIR": str(settings.MODELS_DIR),
        "DJANGO_SETTINGS_MODULE": "webapp.settings",
        "PYTHONUNBUFFERED": "1",
        # Requests come one prompt at a time; threads inside the tokenizer would only fight with torch's.
        "TOKENIZERS_PARALLELISM": "false",
    }


def check_port(host: str, port: int) -> None:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            # As Daphne does it: a port that another Inkling left a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = f"Port {port} on {host} cannot be listened on: {error.strerror}."
        raise CommandError(f"{reason} PORT={port + 1} would choose another one.") from error


def answers(url: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    with Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as redis:
        while time.monotonic() < deadline:
            try:
                return bool(redis.ping())
            except (RedisError, OSError):
                time.sleep(0.05)
    return False


def first_admin_hint() -> str:
    if get_user_model().objects.filter(is_superuser=True).exists():
        return f"The admin is at {settings.ORIGINS[0]}/admin/"
    python = Path(sys.executable)
    program = python.relative_to(Path.cwd()) if python.is_relative_to(Path.cwd()) else python
    return f"To make the first admin, in another terminal: {program} manage.py createsuperuser"

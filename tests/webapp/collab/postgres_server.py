"""A real PostgreSQL of a test's own, on a Unix socket, run as an unprivileged user where the tests run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 60


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl; Debian keeps them off the PATH."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


@contextmanager
def running_postgres(programs: Path, folder: Path) -> Iterator[str]:
    """Its DATABASE_URL. `folder` should have a short path: a Unix socket's may have 107 characters."""
    user = unprivileged_user()
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        for path in (folder, data):
            os.chown(path, user.pw_uid, user.pw_gid)
    _run(programs / "initdb", "-D", data, "-U", "inkling", "-A", "trust", "-E", "UTF8", "--no-sync", user=user)
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    control = (programs / "pg_ctl", "-D", data, "-w", "-t", str(START_SECONDS))
    _run(*control, "-o", options, "-l", folder / "log", "start", user=user)
    try:
        yield f"postgres://inkling@/postgres?host={folder}"
    finally:
        _run(*control, "-m", "immediate", "stop", user=user)


def unprivileged_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _run(*command: str | Path, user: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        [*map(str, command)],
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=2 * START_SECONDS,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    assert done.returncode == 0, done.stdout

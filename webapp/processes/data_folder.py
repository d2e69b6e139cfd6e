"""The data folder: made when it is missing, held by one Inkling at a time, with the secret key inside."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import IO


class DataFolderError(Exception):
    """It cannot be used; the message says why."""


def open_data_folder(path: Path) -> IO[bytes]:
    """Makes it and takes the lock, which lasts as long as the file that is returned. Raises DataFolderError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (path / "lock").open("ab")
    except OSError as error:
        raise DataFolderError(f"DATA_DIR is {path}, which cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise DataFolderError(f"DATA_DIR is {path}, which another Inkling uses already") from error
    return lock


def keep_secret_key(path: Path) -> str:
    """The key in the file; a new one where there is none, readable to its owner only."""
    if path.exists():
        return path.read_text(encoding="utf-8").strip()
    key = secrets.token_urlsafe(50)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key)
    return key

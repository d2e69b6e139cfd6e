"""The authority's tests once more, and those of search and deletion, on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.webapp.collab.postgres_server import find_programs, running_postgres

ROOT = Path(__file__).parents[3]
TESTS = [
    "collab/test_authority.py",
    "collab/test_writer.py",
    "collab/test_folding.py",
    "collab/test_troubled_database.py",
    "test_document_list.py",
    "test_deletion.py",
]
SECONDS = 300


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to another user, as pytest's tmp_path is not."""
    path = Path(tempfile.mkdtemp(prefix="pg-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_the_authority_keeps_its_word_on_postgres(folder: Path) -> None:
    if os.environ.get("DATABASE_URL"):
        pytest.skip("DATABASE_URL is set: these tests run on that database already")
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is missing. On Debian: apt-get install postgresql")
    with running_postgres(programs, folder) as url:
        paths = [str(Path(__file__).parents[1] / name) for name in TESTS]
        # The server goes with all it holds; taking down the database first would wait for kept connections.
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--reuse-db", *paths]
        environ = {**os.environ, "DATABASE_URL": url}
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr

"""The Redis in the data folder, and the folder itself."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest
from redis import AuthenticationError, Redis

from webapp.management.commands.up import answers
from webapp.processes.data_folder import DataFolderError, keep_secret_key, open_data_folder
from webapp.processes.embedded_redis import configure, embedded_url, find_program


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("is_deep", [False, True])
def test_it_answers_its_owner_alone(tmp_path_factory: pytest.TempPathFactory, is_deep: bool) -> None:
    """On a socket where its path is short enough, else on loopback with a password."""
    data_dir = tmp_path_factory.mktemp("d") / ("deep/" * 25 if is_deep else "with space %20")
    configuration, url = configure(data_dir)
    assert (url == embedded_url(data_dir)) is not is_deep
    assert mode_of(configuration) == 0o600
    assert mode_of(configuration.parent) == 0o700

    process = subprocess.Popen([str(find_program()), str(configuration)])
    try:
        assert answers(url, seconds=10)
        with Redis.from_url(url) as redis:
            assert redis.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
        if is_deep:
            with Redis.from_url("redis://" + url.rpartition("@")[2]) as stranger, pytest.raises(AuthenticationError):
                stranger.ping()
    finally:
        process.terminate()
        process.wait()


def test_one_inkling_at_a_time_holds_the_data_folder(tmp_path: Path) -> None:
    with open_data_folder(tmp_path / "var"), pytest.raises(DataFolderError, match="another Inkling uses already"):
        open_data_folder(tmp_path / "var")
    open_data_folder(tmp_path / "var").close()
    assert mode_of(tmp_path / "var") == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderError, match=f"DATA_DIR is {tmp_path}/file/var, which cannot be written: Not a dir"):
        open_data_folder(tmp_path / "file" / "var")


def test_the_secret_key_is_made_once_and_readable_to_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    key = keep_secret_key(path)
    assert len(key) >= 50
    assert mode_of(path) == 0o600
    assert keep_secret_key(path) == key

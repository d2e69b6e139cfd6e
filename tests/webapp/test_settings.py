"""The environment, read in a fresh interpreter each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PRINT = """
import json, sys
from webapp import settings
print(json.dumps({name: getattr(settings, name) for name in sys.argv[1:]}, default=str))
"""


def run_settings(names: list[str], **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-W", "error", "-c", PRINT, *names]
    return subprocess.run(command, cwd=ROOT, env={**kept, **environ}, capture_output=True, text=True, check=False)


def read_settings(names: list[str], **environ: str) -> dict[str, Any]:
    result = run_settings(names, **environ)
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_without_an_environment_everything_has_a_default(tmp_path: Path) -> None:
    values = read_settings(["DEBUG", "PORT", "ALLOWED_HOSTS", "WEBSOCKET_ORIGINS", "DATABASES", "REDIS_URL"])
    assert values["DEBUG"] is False
    assert values["PORT"] == 8000
    assert values["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost", "[::1]"]
    assert "http://localhost:8000" in values["WEBSOCKET_ORIGINS"]
    assert values["DATABASES"]["default"]["NAME"] == str(ROOT / "var" / "inkling.sqlite3")
    assert values["REDIS_URL"].startswith("unix://")


def test_the_data_folder_holds_everything_that_is_kept(tmp_path: Path) -> None:
    names = ["DATABASES", "MODELS_DIR", "SECRET_KEY_PATH", "REDIS_URL"]
    values = read_settings(names, DATA_DIR=str(tmp_path))
    assert values["DATABASES"]["default"]["NAME"] == str(tmp_path / "inkling.sqlite3")
    assert values["MODELS_DIR"] == str(tmp_path / "checkpoints")
    assert values["SECRET_KEY_PATH"] == str(tmp_path / "secret_key")
    assert str(tmp_path) in values["REDIS_URL"]


def test_origins_decide_hosts_forms_and_sockets_at_once() -> None:
    names = ["ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "WEBSOCKET_ORIGINS", "SESSION_COOKIE_SECURE"]
    values = read_settings(names, ORIGINS="https://Write.example.org:443, https://[2001:db8::1]:8443")
    origins = ["https://write.example.org", "https://[2001:db8::1]:8443"]
    assert values["CSRF_TRUSTED_ORIGINS"] == values["WEBSOCKET_ORIGINS"] == origins
    assert values["ALLOWED_HOSTS"] == ["write.example.org", "[2001:db8::1]"]
    assert values["SESSION_COOKIE_SECURE"] is True


def test_a_database_url_replaces_sqlite() -> None:
    default = read_settings(["DATABASES"], DATABASE_URL="postgres://ink:secret@db:5433/inkling")["DATABASES"]["default"]
    assert (default["ENGINE"], default["HOST"], default["PORT"]) == ("django.db.backends.postgresql", "db", 5433)
    assert default["OPTIONS"] == {"connect_timeout": 5, "options": "-c lock_timeout=5s -c statement_timeout=30s"}


def test_options_in_the_databases_url_win() -> None:
    url = "postgres://ink@db/inkling?connect_timeout=2"
    default = read_settings(["DATABASES"], DATABASE_URL=url)["DATABASES"]["default"]
    assert default["OPTIONS"]["connect_timeout"] in (2, "2")
    assert "lock_timeout" in default["OPTIONS"]["options"]
    assert default["CONN_MAX_AGE"] == 0
    assert "OPTIONS" not in default or "init_command" not in default["OPTIONS"]


def test_a_secret_may_be_mounted_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n")
    assert read_settings(["SECRET_KEY"], SECRET_KEY_FILE=str(tmp_path / "key"))["SECRET_KEY"] == "from a file"


def test_the_kept_secret_key_is_found(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("kept")
    assert read_settings(["SECRET_KEY"], DATA_DIR=str(tmp_path))["SECRET_KEY"] == "kept"


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtps://m.org", 465, False, True),
        ("smtp+tls://m.org", 587, True, False),
        ("smtp://m.org:2525", 2525, False, False),
    ],
)
def test_a_mail_server_is_named_by_one_address(url: str, port: int, starttls: bool, tls: bool) -> None:
    names = ["CAN_SEND_EMAIL", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS", "EMAIL_USE_SSL"]
    values = read_settings(names, EMAIL_URL=url.replace("//", "//ada:p%40ss@"))
    assert list(values.values()) == [True, "m.org", port, "p@ss", starttls, tls]
    assert read_settings(["CAN_SEND_EMAIL"])["CAN_SEND_EMAIL"] is False


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "eighty", "PORT is 'eighty', expected a whole number from 1 to 65535"),
        ("PORT", "0", "PORT is '0', expected a whole number from 1 to 65535"),
        ("PORT", "65536", "PORT is '65536'"),
        ("PORT", "٣", "PORT is '٣'"),
        ("DEBUG", "maybe", "DEBUG is 'maybe', expected one of"),
        ("ORIGINS", "*", "ORIGINS has '*', expected the form https://host"),
        ("ORIGINS", "https://*.example.org", "ORIGINS has"),
        ("ORIGINS", "write.example.org", "ORIGINS has"),
        ("ORIGINS", "https://write.example.org/path", "ORIGINS has"),
        ("ORIGINS", "https://name:word@write.example.org", "ORIGINS has"),
        ("EMAIL_URL", "mail.example.org", "EMAIL_URL is not of the form"),
        ("EMAIL_URL", "smtps://ada:secret@mail.example.org:x", "EMAIL_URL is not of the form"),
        ("EMAIL_URL", "https://mail.example.org", "EMAIL_URL is not of the form"),
        ("SECRET_KEY_FILE", "/nowhere", "SECRET_KEY_FILE is '/nowhere', which cannot be read"),
    ],
)
def test_a_bad_value_is_named_with_what_was_expected(name: str, value: str, expected: str) -> None:
    result = run_settings([], **{name: value})
    assert result.returncode != 0
    assert expected in result.stderr


def test_manage_says_a_bad_value_in_one_line() -> None:
    command = [sys.executable, "manage.py", "up"]
    environ = {**os.environ, "PORT": "eighty"}
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == "Inkling cannot start: PORT is 'eighty', expected a whole number from 1 to 65535\n"


def check_deployment(**environ: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, capture_output=True, text=True, check=False)


def test_a_deployment_with_a_key_and_https_has_nothing_to_warn_of() -> None:
    result = check_deployment(SECRET_KEY="".join(map(chr, range(48, 110))), ORIGINS="https://write.example.org")
    assert result.returncode == 0, result.stderr


def test_a_deployment_without_them_is_warned(tmp_path: Path) -> None:
    result = check_deployment(DATA_DIR=str(tmp_path))
    assert "SECRET_KEY is not set" in result.stderr
    assert "Not every one of ORIGINS is https" in result.stderr


def test_sqlite_syncs_every_commit_and_locks_before_it_reads(db: None) -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("the tests run on another database")
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.transaction_mode == "IMMEDIATE"  # type: ignore[attr-defined]

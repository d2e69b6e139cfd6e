"""Static files: under an address that changes with their content, for ever, and in few bytes."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import AsyncClient, Client

from webapp.static import content_hash

ADMIN_CSS = "admin/css/base.css"


def test_a_file_is_served_for_ever() -> None:
    response = Client().get(static(ADMIN_CSS))
    assert response.status_code == 200
    assert response["Content-Type"] == "text/css"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Cookie" not in response.get("Vary", "")
    assert response.content == Path(str(finders.find(ADMIN_CSS))).read_bytes()


async def test_it_is_served_without_warnings_under_asgi() -> None:
    response = await AsyncClient().get(static(ADMIN_CSS))
    assert response.status_code == 200


def test_it_is_compressed_for_those_who_ask() -> None:
    response = Client().get(static(ADMIN_CSS), headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == Path(str(finders.find(ADMIN_CSS))).read_bytes()


def test_modules_have_a_type_that_browsers_run() -> None:
    assert Client().get(static("admin/js/core.js"))["Content-Type"] == "text/javascript"


def test_every_address_carries_the_hash() -> None:
    assert static("a.js") == f"/static/{settings.STATIC_HASH}/a.js"
    assert Client().get(f"/static/000000000000/{ADMIN_CSS}").status_code == 404
    assert Client().get(f"/static/{ADMIN_CSS}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["nothing.js", "", "admin", "../manage.py", "..%2f..%2fmanage.py", "/etc/passwd", "%00", "vendor/node_modules/x"],
)
def test_nothing_else_is_served(path: str) -> None:
    assert Client().get(f"{settings.STATIC_URL}{path}").status_code == 404


def test_files_cannot_be_written() -> None:
    assert Client().post(static(ADMIN_CSS)).status_code == 405


def test_the_hash_changes_with_a_name_and_with_a_content_and_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("one")
    first = content_hash([tmp_path])
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "b.js").write_text("not ours")
    (tmp_path / ".hidden").write_text("not served")
    assert content_hash([tmp_path]) == first
    (tmp_path / "a.js").write_text("two")
    second = content_hash([tmp_path])
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert len({first, second, content_hash([tmp_path])}) == 3

"""Static files: under an address that changes with their content, for ever, in few bytes, and in front of Django."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from channels.testing import HttpCommunicator
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client

from webapp.asgi import application
from webapp.static import content_hash
from webapp.static_files import StaticFiles

ADMIN_CSS = "admin/css/base.css"
GZIP = [(b"accept-encoding", b"gzip, deflate, br")]
Response = tuple[int, dict[str, str], bytes]


async def ask(path: str, method: str = "GET", headers: Any = (), application: Any = application) -> Response:
    response = await HttpCommunicator(application, method, path, headers=list(headers)).get_response(timeout=10)
    named = {name.decode(): value.decode() for name, value in response["headers"]}
    assert len(named) == len(response["headers"]), "a header came twice"
    return response["status"], named, response["body"]


def content_of(path: str) -> bytes:
    return Path(str(finders.find(path))).read_bytes()


async def pages(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """In Django's place, it knows every page."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"the page {scope['path']}".encode()})


async def test_a_file_is_served_for_ever() -> None:
    status, headers, body = await ask(static(ADMIN_CSS))
    assert status == 200
    assert headers == {
        "content-type": "text/css",
        "cache-control": "public, max-age=31536000, immutable",
        "vary": "Accept-Encoding",
        "content-length": str(len(body)),
        "x-content-type-options": "nosniff",
    }
    assert body == content_of(ADMIN_CSS)


async def test_it_is_compressed_for_those_who_ask() -> None:
    status, headers, body = await ask(static(ADMIN_CSS), headers=GZIP)
    assert status == 200
    assert headers["content-encoding"] == "gzip"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["content-length"] == str(len(body))
    assert gzip.decompress(body) == content_of(ADMIN_CSS)
    _, plain, _ = await ask(static(ADMIN_CSS), headers=[(b"accept-encoding", b"deflate, br")])
    assert "content-encoding" not in plain


async def test_a_file_that_compression_would_lengthen_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a")
    files = StaticFiles(pages, "/static/", {"a.txt": tmp_path / "a.txt"})
    status, headers, body = await ask("/static/a.txt", headers=GZIP, application=files)
    assert (status, body) == (200, b"a")
    assert "content-encoding" not in headers


async def test_it_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("let a")
    files = StaticFiles(pages, "/static/", {"a.js": tmp_path / "a.js"})
    first = await ask("/static/a.js", application=files)
    (tmp_path / "a.js").unlink()
    assert await ask("/static/a.js", application=files) == first


@pytest.mark.parametrize("path", ["admin/js/core.js", "js/editor.js", "vendor/codemirror.js", "vendor/build.mjs"])
async def test_modules_have_a_type_that_browsers_run(path: str) -> None:
    assert (await ask(static(path)))[1]["content-type"] == "text/javascript"


async def test_who_asks_for_the_head_gets_no_body() -> None:
    _, whole, body = await ask(static(ADMIN_CSS))
    assert await ask(static(ADMIN_CSS), "HEAD") == (200, whole, b"")
    assert whole["content-length"] == str(len(body))


def test_every_address_carries_the_hash() -> None:
    assert static("a.js") == f"/static/{settings.STATIC_HASH}/a.js"
    assert Client().get(f"/static/000000000000/{ADMIN_CSS}").status_code == 404
    assert Client().get(f"/static/{ADMIN_CSS}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "nothing.js",
        "",
        "admin",
        "../manage.py",
        "css/../css/base.css",
        "..%2f..%2fmanage.py",
        "/etc/passwd",
        "\0",
        "vendor/node_modules/x",
        "js/.hidden",
    ],
)
async def test_nothing_else_is_served(path: str) -> None:
    status, headers, body = await ask(f"{settings.STATIC_URL}{path}")
    assert status == 404
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["x-content-type-options"] == "nosniff"
    assert "cache-control" not in headers
    assert body == b"There is no such static file."


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_files_cannot_be_written(method: str) -> None:
    status, headers, _ = await ask(static(ADMIN_CSS), method)
    assert (status, headers["allow"]) == (405, "GET, HEAD")


async def test_all_other_addresses_are_pages() -> None:
    files = StaticFiles(pages, settings.STATIC_URL, {})
    for path in ("/", "/static", "/static/css/base.css", f"/documents{settings.STATIC_URL}"):
        assert (await ask(path, application=files))[2] == f"the page {path}".encode()


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

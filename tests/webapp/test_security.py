"""What every page says about itself to the browser, and what the log does not say."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient, Client

from webapp.log import HideTokens
from webapp.origins import KnownOrigins

PATHS = ["/", "/healthz", "/nowhere", "/admin/login/", "/checkpoints/none/"]


def directives_of(response: Any) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";")]
    return {name: sources for name, _, sources in parts}


@pytest.mark.parametrize("path", PATHS)
def test_every_page_restricts_itself(alice: Client, path: str) -> None:
    response = alice.get(path)
    directives = directives_of(response)
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


def test_the_style_nonce_is_new_each_time_and_the_page_knows_it(alice: Client) -> None:
    nonces = []
    for _ in range(2):
        response = alice.get("/")
        found = re.search("'nonce-([^']+)'", directives_of(response)["style-src"])
        assert found is not None
        assert response.wsgi_request.style_nonce == found[1]  # type: ignore[attr-defined]
        nonces.append(found[1])
    assert nonces[0] != nonces[1]


def test_sockets_go_to_the_pages_own_host(alice: Client) -> None:
    plain = directives_of(alice.get("/healthz", headers={"Host": "localhost:8000"}))
    assert plain["connect-src"] == "'self' ws://localhost:8000"
    secure = directives_of(alice.get("/healthz", headers={"Host": "localhost"}, secure=True))
    assert secure["connect-src"] == "'self' wss://localhost"


async def test_it_holds_under_asgi_too(db: None) -> None:
    assert "script-src 'self'" in (await AsyncClient().get("/nowhere"))["Content-Security-Policy"]


def test_an_unknown_host_is_refused(alice: Client) -> None:
    assert alice.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


async def reached(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("https://write.example.org", True),
        ("http://localhost:8000", True),
        ("http://write.example.org", False),
        ("https://write.example.org:8443", False),
        ("https://evil.example", False),
        ("https://write.example.org.evil.example", False),
        ("null", False),
        ("http://x:99999999", False),
        ("http://[", False),
        ("", False),
        (None, False),
    ],
)
async def test_sockets_from_other_sites_are_refused(origin: str | None, is_let_in: bool) -> None:
    application = KnownOrigins(reached, ["https://write.example.org", "http://localhost:8000"])
    headers = [] if origin is None else [(b"origin", origin.encode())]
    communicator = WebsocketCommunicator(application, "/ws/", headers=headers)
    connected, _ = await communicator.connect()
    await communicator.disconnect()
    assert connected is is_let_in


@pytest.mark.parametrize(
    ("message", "arguments", "expected"),
    [
        ("GET /s/abc-DEF_1 303", (), "GET /s/… 303"),
        ("Not Found: %s", ("/s/abc?x=1",), "Not Found: /s/…?x=1"),
        ("%(path)s", ({"path": "/s/abc"},), "/s/…"),
        ("GET /recover/abc-DEF_1 303", (), "GET /recover/… 303"),
        ("GET /recover/ 200", (), "GET /recover/ 200"),
        ("GET /shares/1 and /docs/s", (), "GET /shares/1 and /docs/s"),
    ],
)
def test_the_log_holds_no_token(message: str, arguments: Any, expected: str) -> None:
    record = logging.LogRecord("test", logging.INFO, "", 0, message, arguments, None)
    assert HideTokens().filter(record)
    assert record.getMessage() == expected

"""The web process over real connections: who may open a socket, how much it takes, how it says goodbye."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.up_process import Up

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")

# The contract's limit for a frame, in bytes.
MAX_FRAME = 256 * 1024


class Browser:
    """Enough of one to begin a document and to open its socket."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.cookies = CookieJar()
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.cookies))

    def begin_document(self) -> str:
        """Returns its path."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.read("/"))
        assert token is not None
        form = urlencode({"csrfmiddlewaretoken": token[1]}).encode()
        request = Request(f"{self.origin}/documents/", form, {"Origin": self.origin})
        with self.opener.open(request) as response:
            return str(response.url).removeprefix(self.origin)

    def read(self, path: str) -> str:
        with self.opener.open(self.origin + path) as response:
            return str(response.read().decode())

    def open_socket(self, path: str, origin: str | None = None) -> ClientConnection:
        cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)
        address = f"{self.origin.replace('http', 'ws')}/ws{path}"
        return connect(address, origin=Origin(origin or self.origin), additional_headers={"Cookie": cookie})


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    up = Up(tmp_path_factory.mktemp("web") / "var")
    up.wait_for_page()
    yield up
    up.end(signal.SIGTERM)


@pytest.fixture
def browser(up: Up) -> Browser:
    return Browser(up.port)


def close_code(socket: ClientConnection) -> int | None:
    """Waits for the end; a socket that has not joined hears nothing before. None where there was no goodbye."""
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=20)
    return closed.value.rcvd.code if closed.value.rcvd else None


def test_a_socket_from_another_site_is_refused(browser: Browser) -> None:
    path = browser.begin_document()
    with pytest.raises(InvalidStatus, match="403"):
        browser.open_socket(path, origin="https://evil.example")


@pytest.mark.parametrize("size", [MAX_FRAME + 1, 40 * MAX_FRAME])
def test_a_frame_beyond_the_limit_is_refused_with_a_reason(browser: Browser, size: int) -> None:
    with browser.open_socket(browser.begin_document()) as socket:
        socket.send("x" * size)
        refused = json.loads(socket.recv(timeout=20))
        assert (refused["type"], refused["code"]) == ("error", "too_large")
        assert close_code(socket) == 4400


def test_many_small_parts_of_one_frame_beyond_the_limit_are_refused(browser: Browser) -> None:
    with browser.open_socket(browser.begin_document()) as socket:
        with suppress(ConnectionClosed):
            socket.send("x" * 1024 for _ in range(300))
        assert json.loads(socket.recv(timeout=20))["code"] == "too_large"
        assert close_code(socket) == 4400


def test_a_flood_of_frames_is_ended(browser: Browser) -> None:
    with browser.open_socket(browser.begin_document()) as socket, suppress(ConnectionClosed):
        for _ in range(20_000):
            socket.send("{}")
    assert socket.close_code in (4400, 4429)


def test_open_sockets_are_told_that_the_server_restarts(up: Up, browser: Browser) -> None:
    path = browser.begin_document()
    with browser.open_socket(path) as socket:
        os.kill(up.children()["web"], signal.SIGTERM)
        assert close_code(socket) == 4503
    up.wait_for(r"web ended with status 0")
    up.wait_for_page()
    with browser.open_socket(path) as socket:
        socket.ping().wait(timeout=20)

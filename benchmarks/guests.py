"""Browsers that may write in one document: its owner, and people who followed the owner's link."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Guest:
    """What a browser needs to open a document's socket. It comes from a loopback address of its own."""

    path: str
    cookie: str
    local_address: str


async def invite(address: str, count: int, first_host: int = 2) -> list[Guest]:
    """Makes a document and returns `count` browsers that may write in it, the owner's first."""
    async with _browser(address, _host(first_host)) as owner:
        await owner.get("/")
        token = owner.cookies["csrftoken"]
        created = await owner.post("/documents/", data={"csrfmiddlewaretoken": token})
        path = created.headers["location"]
        guests = [_guest(owner, path, first_host)]
        headers = {"X-CSRFToken": token, "Referer": address, "Origin": address}
        link = await owner.post(f"{path}links/", json={"role": "write"}, headers=headers)
        link.raise_for_status()
    url = httpx.URL(link.json()["url"]).path
    hosts = range(first_host + 1, first_host + count)
    return guests + await asyncio.gather(*(_follow(address, url, host) for host in hosts))


async def _follow(address: str, url: str, host: int) -> Guest:
    async with _browser(address, _host(host)) as browser:
        await browser.get("/")
        answer = await browser.get(url)
        return _guest(browser, answer.headers["location"], host)


def _guest(browser: httpx.AsyncClient, path: str, host: int) -> Guest:
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return Guest(f"/ws{path}", cookie, _host(host))


def _browser(address: str, host: str) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(local_address=host)
    return httpx.AsyncClient(base_url=address, transport=transport, timeout=30.0)


def _host(number: int) -> str:
    """One of the many addresses of this machine, so that limits per address do not take all clients for one."""
    return f"127.0.{number // 250}.{number % 250 + 1}"

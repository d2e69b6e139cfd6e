"""Asks the web process what is still missing: for `manage.py up`, and as a container's health check."""

import http.client
import json
import sys

from django.conf import settings


def read_missing() -> list[str]:
    """What /readyz says is missing; nothing when one can write."""
    try:
        return list(json.loads(get("/readyz")[1])["missing"])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return ["web: no answer yet"]


def get(path: str) -> tuple[int, bytes]:
    """Status and body."""
    connection = http.client.HTTPConnection(connectable(settings.HOST), settings.PORT, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": settings.ALLOWED_HOSTS[0]})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def connectable(host: str) -> str:
    """An address that reaches a server which listens on all of them."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


if __name__ == "__main__":
    status, body = get("/healthz")
    sys.exit(0 if status == 200 else body.decode())

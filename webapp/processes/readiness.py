"""Asks the web process' readiness page what is still missing."""

import http.client
import json


def read_missing(host: str, port: int, host_header: str, timeout: float = 2.0) -> list[str]:
    """What /readyz says is missing; nothing when one can write."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/readyz", headers={"Host": host_header})
        return list(json.loads(connection.getresponse().read())["missing"])
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return ["web: no answer yet"]
    finally:
        connection.close()

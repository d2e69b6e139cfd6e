"""Opens Redis connections that answer or fail within a second or two. Knows no keys."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from redis import Redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

# Whoever waits for Redis is a person who types or a loop that others wait for.
TIMEOUT_S = 1.0


def open_redis(url: str) -> Redis:
    return Redis.from_url(url, decode_responses=True, retry=Retry(NoBackoff(), 1, _RETRIED), **_TIMEOUTS)


def channels_host(url: str) -> dict[str, Any]:
    """The address in the form of channels_redis' `hosts`."""
    return {"address": url, "retry": AsyncRetry(NoBackoff(), 1, _RETRIED), **_TIMEOUTS}


def kombu_url(url: str) -> str:
    """The address in kombu's spelling, which differs for Unix sockets: unix:///path?db=1 is
    redis+socket:///path?virtual_host=1."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    query = parse_qs(parts.query)
    account = parts.netloc
    if "password" in query:
        account = f"{query.get('username', [''])[0]}:{query['password'][0]}@"
    return f"redis+socket://{account}{parts.path}?virtual_host={query.get('db', ['0'])[0]}"


# A connection that the server closed (it restarted) is worth one more try at once; a timeout is not, since the
# second try would double the wait.
_RETRIED = (RedisConnectionError,)
_TIMEOUTS: dict[str, Any] = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S}

"""Reads the environment. Every value has a type and a default; a value that cannot be read stops the start."""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
FALSE_WORDS = {"0", "false", "no", "off"}


def envstr(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def envbool(name: str, default: bool) -> bool:
    value = envstr(name)
    if not value:
        return default
    if value.lower() in TRUE_WORDS | FALSE_WORDS:
        return value.lower() in TRUE_WORDS
    raise ImproperlyConfigured(f"{name} is {value!r}, expected one of 1 0 true false yes no on off")


def envint(name: str, default: int, *, lowest: int = 0, highest: int = 2**31 - 1) -> int:
    value = envstr(name)
    if not value:
        return default
    if value.isascii() and value.isdigit() and lowest <= int(value) <= highest:
        return int(value)
    raise ImproperlyConfigured(f"{name} is {value!r}, expected a whole number from {lowest} to {highest}")


def envlist(name: str, default: list[str]) -> list[str]:
    """Words between commas."""
    words = [word.strip() for word in envstr(name).split(",")]
    return [word for word in words if word] or default


def envorigins(name: str, default: list[str]) -> list[str]:
    """Scheme, host and port, as a browser's Origin header has them. No wildcard: it would let every site in."""
    origins = [without_default_port(origin.lower()) for origin in envlist(name, default)]
    for origin in origins:
        parts = urlsplit(origin)
        is_plain = origin == f"{parts.scheme}://{parts.netloc}" and "@" not in parts.netloc and "*" not in origin
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
            raise ImproperlyConfigured(f"{name} has {origin!r}, expected the form https://host or http://host:port")
    return origins


def without_default_port(origin: str) -> str:
    """Browsers leave it out of the Origin header."""
    default = ":443" if origin.startswith("https:") else ":80"
    return origin.removesuffix(default)


def origin_host(origin: str) -> str:
    """The host alone, an IPv6 address in its brackets."""
    host = urlsplit(origin).hostname or ""
    return f"[{host}]" if ":" in host else host


def envpath(name: str, default: Path) -> Path:
    """An absolute path; a relative one counts from the working directory."""
    return Path(envstr(name, str(default))).expanduser().resolve()


def envsecret(name: str) -> str:
    """The value of NAME, or what the file named by NAME_FILE holds (a mounted secret), or nothing."""
    if value := envstr(name):
        return value
    path = envstr(f"{name}_FILE")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE is {path!r}, which cannot be read: {error.strerror}") from error


class Mail(NamedTuple):
    host: str
    port: int
    user: str
    password: str
    uses_starttls: bool
    uses_tls: bool


def envmail(name: str) -> Mail | None:
    """A mail server's address, such as "smtps://user:password@host:465", or None where there is none."""
    value = envsecret(name)
    if not value:
        return None
    try:
        parts = urlsplit(value)
        port = parts.port or MAIL_PORTS[parts.scheme]
        is_plain = bool(parts.hostname) and not parts.path.strip("/") and not parts.query
    except (ValueError, KeyError):
        is_plain = False
    if not is_plain:
        # The value is not repeated: it may hold a password.
        raise ImproperlyConfigured(f"{name} is not of the form smtps://user:password@host:port (or smtp:, smtp+tls:)")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Mail(str(parts.hostname), port, user, password, parts.scheme == "smtp+tls", parts.scheme == "smtps")


def kept_secret(path: Path) -> str:
    """What the file holds; nothing where there is no file yet."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error.strerror}") from error

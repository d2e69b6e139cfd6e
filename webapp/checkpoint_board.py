"""What open pages are told of the checkpoints: read once a second for all sockets of this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from webapp import suggestions
from webapp.database import in_database
from webapp.models import Checkpoint
from webapp.periodic import Periodic
from webapp.protocol.server_frames import CheckpointState
from webapp.suggestions import CheckpointStatus
from webapp.views.checkpoints import describe

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

CHECK_SECONDS: Final = 1.0
# A change of the catalogue is rung; this heals a lost ring.
ROWS_SECONDS: Final = 5.0

Listener = Callable[[list[CheckpointState]], Awaitable[None]]


class CheckpointBoard:
    def __init__(self, check_seconds: float = CHECK_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._listeners: dict[Listener, User | AnonymousUser] = {}
        self._periodic = Periodic(self.check, check_seconds)
        # By whether the staff's are among them.
        self._rows: dict[bool, tuple[float, list[Checkpoint]]] = {}

    @classmethod
    def here(cls) -> CheckpointBoard:
        """That of the running event loop; a server has one."""
        return _by_loop.setdefault(asyncio.get_running_loop(), cls())

    def listen(self, user: User | AnonymousUser, listener: Listener) -> None:
        """Calls `listener` every second with what this person may know, changed or not."""
        self._listeners[listener] = user
        self._periodic.start()

    def leave(self, listener: Listener) -> None:
        self._listeners.pop(listener, None)
        if not self._listeners:
            self._periodic.stop()

    async def check(self) -> None:
        described: dict[bool, list[CheckpointState]] = {}
        for listener, user in list(self._listeners.items()):
            if user.is_staff not in described:
                described[user.is_staff] = await self.describe(user)
            await listener(described[user.is_staff])

    def forget(self) -> None:
        """The catalogue has changed."""
        self._rows.clear()

    async def describe(self, user: User | AnonymousUser) -> list[CheckpointState]:
        """The checkpoints that may write for this person, with their states of a second ago or later."""
        statuses = await suggestions.checkpoint_states()
        return [_state(checkpoint, statuses.get(checkpoint.name)) for checkpoint in await self._visible_to(user)]

    async def _visible_to(self, user: User | AnonymousUser) -> list[Checkpoint]:
        read_at, rows = self._rows.get(user.is_staff, (float("-inf"), []))
        if self._clock() - read_at > ROWS_SECONDS:
            rows = await in_database(lambda: list(Checkpoint.objects.visible_to(user)))
            self._rows[user.is_staff] = (self._clock(), rows)
        return rows


def _state(checkpoint: Checkpoint, status: CheckpointStatus | None) -> CheckpointState:
    return CheckpointState(**describe(checkpoint, status))


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, CheckpointBoard] = WeakKeyDictionary()

"""Something that is done whenever it is asked for, but not too often: those who ask meanwhile share the next time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)


class Paced:
    """Runs `work` at once when it has rested for `seconds`, else as soon as it has. What fails is logged."""

    def __init__(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        self._work = work
        self._seconds = seconds
        self._is_wanted = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        self._is_wanted = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def done(self) -> None:
        """Waits until all is done that was asked for."""
        while self._task is not None:
            await self._task

    async def _run(self) -> None:
        while self._is_wanted:
            self._is_wanted = False
            try:
                await self._work()
            except Exception:
                logger.exception("paced work failed")
            await asyncio.sleep(self._seconds)
        self._task = None

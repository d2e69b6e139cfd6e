"""Work that nobody waits for: kept alive until it ends, and logged where it fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

logger = logging.getLogger(__name__)

# The event loop alone would let a running task be collected.
_tasks: set[asyncio.Task[None]] = set()


def in_background(work: Coroutine[None, None, object], what: str) -> None:
    task = asyncio.get_running_loop().create_task(_logged(work, what))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _logged(work: Coroutine[None, None, object], what: str) -> None:
    try:
        await work
    except Exception:
        logger.exception("%s failed", what)

"""The suggestion requests of one tab: which may run, when they end. Never waits for a worker.

The newest request cancels the others, except the one that it adds to, so at most two run. The deadline is owned here:
Celery drops expired tasks silently, and a worker may die.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from webapp import suggestions
from webapp.background import in_background
from webapp.errors import ClientError
from webapp.protocol import ServerFrame, Suggest
from webapp.remembered_suggestions import Asker, remembered
from webapp.suggestion_progress import FinishReason, SuggestionProgress

logger = logging.getLogger(__name__)

# After the worker's own deadline, for the events that are under way.
GRACE_SECONDS = 1.0
FAILED = "The suggestion failed; it is logged."


@dataclass(slots=True)
class Run:
    progress: SuggestionProgress
    has_ended: asyncio.Event
    task: asyncio.Task[None] | None = None


class RunningSuggestions:
    """`send` brings frames to the browser, `refuse` errors; `reply_to` is the channel of the tab.

    `waits` is told whether any request runs, whenever one begins or ends.
    """

    def __init__(
        self,
        asker: Asker,
        reply_to: str,
        send: Callable[[ServerFrame], Awaitable[None]],
        refuse: Callable[[ClientError], Awaitable[None]],
        waits: Callable[[bool], None],
    ) -> None:
        self._asker = asker
        self._reply_to = reply_to
        self._send = send
        self._refuse = refuse
        self._waits = waits
        self._runs: dict[str, Run] = {}
        self._used: set[str] = set()

    def is_running(self, request_id: str) -> bool:
        return request_id in self._runs

    async def begin(self, request: Suggest) -> None:
        """Raises ClientError where the request_id was used before."""
        if request.request_id in self._used:
            raise ClientError("bad_field", f"request_id is {request.request_id}, expected one never used before")
        self._used.add(request.request_id)
        superseded = [other for other in self._runs if other != request.adds_to]
        run = Run(SuggestionProgress(request), asyncio.Event())
        self._runs[request.request_id] = run
        self._waits(True)
        for other in superseded:
            await self.cancel(other)
        remembered.keep(self._asker, run.progress)
        run.task = asyncio.create_task(self._run(run))

    async def cancel(self, request_id: str) -> None:
        """A request that has ended, or never was, is no error: the browser could not know."""
        run = self._runs.get(request_id)
        if run is not None:
            self._call_off(run)
            await self._end(run, "cancelled")

    async def hear(self, event: dict[str, Any]) -> None:
        """An event from a worker; one of an ended request is ignored."""
        session_id, _, request_id = event["request_id"].rpartition(":")
        run = self._runs.get(request_id)
        if run is None or session_id != self._asker.session_id:
            return
        if event["type"] == "continuation.failed":
            await self._fail(run, ClientError(event["code"], event["message"], request_id=request_id))
            return
        await self._send_all(run, run.progress.hear(event))

    def close(self) -> None:
        """The tab is gone; nobody is told anything any more."""
        for run in list(self._runs.values()):
            self._call_off(run)
            run.progress.end("cancelled")
            self._forget(run)

    async def _run(self, run: Run) -> None:
        request = run.progress.request
        seconds = request.params.max_time_ms / 1000 + GRACE_SECONDS
        try:
            async with asyncio.timeout(seconds):
                await self._send_all(run, run.progress.start(await self._ask(request)))
                await run.has_ended.wait()
        except TimeoutError:
            self._tell_worker(run)
            await self._end(run, "deadline")
        except ClientError as error:
            await self._fail(run, ClientError(error.code, error.message, request_id=request.request_id))
        except Exception:
            logger.exception("request %s failed", self._global_id(request.request_id))
            await self._fail(run, ClientError("failed", FAILED, request_id=request.request_id))

    async def _ask(self, request: Suggest) -> suggestions.Asked:
        return await suggestions.ask(
            asker=self._asker.scope,
            reply_to=self._reply_to,
            request_id=self._global_id(request.request_id),
            prompt=request.prompt,
            checkpoint=request.checkpoint,
            params=request.params,
            fresh=request.fresh,
        )

    async def _end(self, run: Run, reason: FinishReason) -> None:
        await self._send_all(run, run.progress.end(reason))

    async def _fail(self, run: Run, error: ClientError) -> None:
        if run.progress.has_ended:
            return
        # The error frame ends the request for the browser, so the frames that end its continuations stay here.
        run.progress.end("failed")
        self._forget(run)
        await self._refuse(error)

    async def _send_all(self, run: Run, frames: list[ServerFrame]) -> None:
        if run.progress.has_ended:
            self._forget(run)
        for frame in frames:
            await self._send(frame)

    def _call_off(self, run: Run) -> None:
        if run.task is not None:
            run.task.cancel()
        self._tell_worker(run)

    def _tell_worker(self, run: Run) -> None:
        in_background(suggestions.cancel(self._global_id(run.progress.request.request_id)), "cancelling")

    def _forget(self, run: Run) -> None:
        run.has_ended.set()
        if self._runs.pop(run.progress.request.request_id, None) is not None:
            remembered.store(self._asker, run.progress)
            self._waits(bool(self._runs))

    def _global_id(self, request_id: str) -> str:
        return f"{self._asker.session_id}:{request_id}"

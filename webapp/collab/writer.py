"""One thread that commits the edits of this process' sockets, all that wait in one transaction.

An edit that finds nobody waiting is committed at once. Those that come while a transaction runs, here or in another
process, make the next one, so the busier they are, the more edits share the cost of a commit.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

from django.db import connection

from webapp.collab import authority
from webapp.collab.authority import Committed, Edit
from webapp.database import keeping_connection
from webapp.errors import ClientError

logger = logging.getLogger(__name__)

MAX_GROUP: Final = 64
# More than a process has sockets, each of which sends one edit at a time; so many wait only where nothing goes on.
MAX_WAITING: Final = 2000

Answer = Committed | ClientError
AcceptNext = Callable[[Callable[[], Sequence[Edit]]], list[Answer]]


@dataclass(frozen=True, slots=True)
class Waiting:
    edit: Edit
    answer: Future[Committed] = field(default_factory=Future)


class Writer:
    """Its thread starts with the first edit; at the process' end it commits what waits."""

    def __init__(
        self,
        accept_next: AcceptNext = authority.accept_next,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._accept_next = accept_next
        self._max_waiting = max_waiting
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._lock = threading.Lock()
        self._queues: OrderedDict[UUID, deque[Waiting]] = OrderedDict()
        self._num_waiting = 0
        self._is_busy = False

    def submit(self, edit: Edit) -> Future[Committed]:
        """What becomes of the edit: Committed, or the authority's ClientError. Does not block."""
        waiting = Waiting(edit)
        with self._lock:
            if self._num_waiting >= self._max_waiting:
                raise ClientError("unavailable", "Too many edits wait to be saved.")
            self._queues.setdefault(edit.document_id, deque()).append(waiting)
            self._num_waiting += 1
            if not self._is_busy:
                self._is_busy = True
                self._thread.submit(self._work)
        return waiting.answer

    def close(self) -> None:
        """Commits what waits, and closes the database connection. Nothing can be submitted any more."""
        # Each thread has a connection of its own, so `connection` must be looked up in the writer's.
        self._thread.submit(lambda: connection.close())
        self._thread.shutdown()

    def _work(self) -> None:
        while self._has_work():
            self._commit(self._next_group)

    def _has_work(self) -> bool:
        with self._lock:
            self._is_busy = bool(self._queues)
            return self._is_busy

    def _next_group(self) -> list[Waiting]:
        """Takes from each document in turn, so that a lively one does not keep the others waiting."""
        group: list[Waiting] = []
        with self._lock:
            while self._queues and len(group) < MAX_GROUP:
                document_id, queue = self._queues.popitem(last=False)
                group.append(queue.popleft())
                if queue:
                    self._queues[document_id] = queue
            self._num_waiting -= len(group)
        # An edit whose socket went while it waited is left out; its browser will send it again.
        return [waiting for waiting in group if waiting.answer.set_running_or_notify_cancel()]

    def _commit(self, take: Callable[[], list[Waiting]]) -> None:
        group: list[Waiting] = []

        def take_edits() -> list[Edit]:
            group.extend(take())
            return [waiting.edit for waiting in group]

        try:
            answers = keeping_connection(self._accept_next, take_edits)
        except ClientError as error:
            # The database cannot write now; nothing of any edit is in it. Where it did not even begin, none was taken.
            _tell_all(group or take(), error)
        except Exception as error:
            logger.exception("%d edits fail together", len(group))
            self._commit_apart(group or take(), error)
        else:
            for waiting, answer in zip(group, answers, strict=True):
                _tell(waiting, answer)

    def _commit_apart(self, group: Sequence[Waiting], error: Exception) -> None:
        """One edit fails in a way that nobody foresaw. It must not take the others with it."""
        if len(group) == 1:
            _tell_all(group, error)
            return
        for waiting in group:
            self._commit(partial(list, [waiting]))


def _tell_all(group: Sequence[Waiting], error: Exception) -> None:
    for waiting in group:
        waiting.answer.set_exception(error)


def _tell(waiting: Waiting, answer: Answer) -> None:
    if isinstance(answer, ClientError):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)


writer = Writer()

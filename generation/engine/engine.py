"""The decode engine: takes requests from any thread, serves all of them in one loop, answers with events."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

import torch

from generation.checkpoints import Checkpoint
from generation.config import EngineConfig
from generation.engine.fairness import leaves_room
from generation.engine.hub import OnState
from generation.engine.intake import make_group
from generation.engine.lane import Lane
from generation.engine.loading import (
    MakeRoom,
    choose_device,
    failures_told,
    ignore_state,
    load_checkpoint,
    take_room,
)
from generation.engine.passing_thread import in_passing_thread
from generation.engine.scoring import Scoring, TokenScore
from generation.engine.scoring_queue import ScoringQueue
from generation.engine.sequence_group import OnEvent, SequenceGroup
from generation.engine.slots import SlotPool
from generation.engine.tokenizer import check_prompt
from generation.errors import Busy, CheckpointNotReady, EngineClosed, EngineDied, InvalidParams, type_and_text
from generation.messages import GenerationRequest

logger = logging.getLogger(__name__)

# How long an idle loop sleeps when nobody wakes it, and so how late it may see that it should stop.
IDLE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class LoadedInfo:
    """A checkpoint that serves, what its weights take, and how busy it is: continuations decoded, requests waiting."""

    revision: str
    dtype: str
    context_length: int
    num_parameters: int
    num_bytes: int
    num_running: int
    num_waiting: int


class Engine:
    """Every method is for any thread, but `step`, `run` and `close`, which are for one alone.

    Events come in the thread that steps and must not block it.
    """

    def __init__(
        self,
        config: EngineConfig,
        clock: Callable[[], float] = time.monotonic,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self.config = config
        self._clock = clock
        self._unix_time = unix_time
        self._slots = SlotPool(config.memory_budget, choose_device(config.device))
        self._lock = threading.Lock()
        self._wake = threading.Event()
        # Guarded by the lock:
        self._lanes: dict[str, Lane] = {}
        self._leaving: list[Lane] = []
        self._arrived: list[tuple[Lane, SequenceGroup]] = []
        self._cancelled: set[str] = set()
        self._scorings = ScoringQueue()
        self._closed_by: EngineClosed | None = None

    # Checkpoints

    def load(self, checkpoint: Checkpoint, on_state: OnState = ignore_state, make_room: MakeRoom = take_room) -> None:
        """Blocks until the checkpoint serves, in place of one of the same name. Raises a CheckpointError.

        `on_state` and `make_room` are called in another thread, while this one waits.
        """
        lane = in_passing_thread(lambda: self._open_lane(checkpoint, on_state, make_room))
        with self._lock:
            self._leave(checkpoint.name)
            self._lanes[checkpoint.name] = lane
        on_state("ready", None, "")

    def _open_lane(self, checkpoint: Checkpoint, on_state: OnState, make_room: MakeRoom) -> Lane:
        loaded = load_checkpoint(checkpoint, self.config, on_state, make_room)
        with failures_told(checkpoint.name, on_state):
            return Lane(loaded, self._slots, self.config, self._clock)

    def unload(self, name: str) -> None:
        """Takes no more requests for the checkpoint; those it has end on its weights."""
        with self._lock:
            self._leave(name)
        self._wake.set()

    def loaded(self) -> dict[str, LoadedInfo]:
        with self._lock:
            return {name: self._info(lane) for name, lane in self._lanes.items()}

    def token_bytes(self, name: str, token_id: int) -> bytes:
        """What a token of a loaded checkpoint stands for. Raises CheckpointNotReady."""
        return self._lane(name).loaded.tokenizer.token_bytes[token_id]

    @property
    def num_weight_bytes(self) -> int:
        """Of all weights in memory, also of those that are unloaded and on which requests still end."""
        with self._lock:
            return sum(lane.loaded.model.num_bytes for lane in (*self._lanes.values(), *self._leaving))

    # Requests

    def submit(self, request: GenerationRequest, on_event: OnEvent) -> None:
        """Raises CheckpointNotReady, Busy, InvalidPrompt or InvalidParams; after that all news are events."""
        lane = self._lane(request.checkpoint)
        group = self._make_group(lane, request, on_event)
        with self._lock:
            self._check_open()
            num_waiting = self._num_waiting(lane)
            if num_waiting >= self.config.max_waiting:
                raise Busy(f"{num_waiting} requests wait for {request.checkpoint}, expected fewer than that")
            num_own = self._num_waiting(lane, group.asker)
            if not leaves_room(num_own, 1, self.config.max_waiting - num_waiting):
                raise Busy(f"{num_own} requests of one asker wait for {request.checkpoint}, expected fewer than that")
            self._arrived.append((lane, group))
        self._wake.set()

    def cancel(self, request_id: str) -> None:
        """Ends the request at the next step; does nothing where there is no such request."""
        with self._lock:
            self._cancelled.add(request_id)
        self._wake.set()

    def score(self, checkpoint: str, text: str) -> Future[list[TokenScore]]:
        """How surprising each token of `text` is. Background work: while there are requests, few steps go on with it.

        Raises CheckpointNotReady, Busy or InvalidPrompt. Cancelling the future ends the work.
        """
        check_prompt(text)
        scoring = Scoring(self._lane(checkpoint).loaded, text)
        with self._lock:
            self._check_open()
            if len(self._scorings) >= self.config.max_waiting:
                raise Busy(f"{len(self._scorings)} texts wait to be scored, expected fewer than that")
            self._scorings.add(scoring)
        self._wake.set()
        return scoring.result

    # The loop

    @torch.inference_mode()
    def step(self) -> bool:
        """Takes every open request one step further, or a text that is scored; False when there is neither."""
        lanes, cancelled = self._take_in()
        num_busy = sum(not lane.scheduler.is_idle for lane in lanes)
        progress = [lane.step(cancelled, has_company=num_busy > 1) for lane in lanes]
        return self._scorings.step(is_beside_requests=num_busy > 0) or any(progress)

    def run(self, stop: threading.Event) -> None:
        """Steps until `stop` is set; then, or if the loop should die, every open request fails with the reason."""
        try:
            while not stop.is_set():
                self._wake.clear()
                if not self.step():
                    self._wake.wait(IDLE_SECONDS)
        except BaseException as error:
            self._close(EngineDied(f"the engine stopped: {type_and_text(error)}"))
            raise
        self.close()

    def close(self) -> None:
        """Fails all open requests and scorings; for the thread that steps, or after it has ended."""
        self._close(EngineClosed("the engine is shutting down"))

    def _close(self, reason: EngineClosed) -> None:
        with self._lock:
            self._closed_by = self._closed_by or reason
            self._hand_out()
            lanes = [*self._lanes.values(), *self._leaving]
        for lane in lanes:
            try:
                lane.fail_all(reason.code, str(reason))
            except Exception:
                # What killed the loop may come again here; the other lanes' requests must hear of it all the same.
                logger.exception("%s could not put away its requests", lane.loaded.name)
        self._scorings.fail_all(reason)

    def _check_open(self) -> None:
        if self._closed_by is not None:
            raise type(self._closed_by)(str(self._closed_by))

    def _lane(self, name: str) -> Lane:
        with self._lock:
            lane = self._lanes.get(name)
        if lane is None:
            raise CheckpointNotReady(f"{name} is not loaded")
        return lane

    def _make_group(self, lane: Lane, request: GenerationRequest, on_event: OnEvent) -> SequenceGroup:
        seconds_left = min(request.deadline - self._unix_time(), request.params.max_time_ms / 1000)
        group = make_group(lane.loaded, request, self._clock() + seconds_left, on_event)
        model = lane.loaded.model
        if not self._slots.could_ever_hold(model, group.wanted(model.shape.context_length)):
            raise InvalidParams(
                f"num_continuations is {request.params.num_continuations} and max_new_tokens "
                f"{request.params.max_new_tokens}, which takes more than the engine's {self._slots.arena.budget} bytes"
            )
        return group

    def _take_in(self) -> tuple[list[Lane], set[str]]:
        """Hands arrived requests to their lanes; returns the lanes to step and the requests to cancel."""
        with self._lock:
            self._hand_out()
            cancelled, self._cancelled = self._cancelled, set()
            gone = [lane for lane in self._leaving if lane.scheduler.is_idle]
            self._leaving = [lane for lane in self._leaving if not lane.scheduler.is_idle]
            lanes = [*self._lanes.values(), *self._leaving]
        for lane in gone:
            lane.close()
        return lanes, cancelled

    def _hand_out(self) -> None:
        arrived, self._arrived = self._arrived, []
        for lane, group in arrived:
            lane.scheduler.waiting.append(group)
            # It may have been replaced, and have gone idle, while the request was being read.
            if lane not in (*self._lanes.values(), *self._leaving):
                self._leaving.append(lane)

    def _leave(self, name: str) -> None:
        lane = self._lanes.pop(name, None)
        if lane is not None:
            self._leaving.append(lane)

    def _num_waiting(self, lane: Lane, asker: str | None = None) -> int:
        """Of one asker, or of all."""
        waiting = [*lane.waiting, *(group for arrived, group in self._arrived if arrived is lane)]
        return sum(asker in (None, group.asker) for group in waiting)

    def _info(self, lane: Lane) -> LoadedInfo:
        loaded = lane.loaded
        return LoadedInfo(
            loaded.revision,
            loaded.dtype,
            loaded.model.shape.context_length,
            loaded.num_parameters,
            loaded.model.num_bytes,
            lane.num_running,
            self._num_waiting(lane),
        )

"""What `make bench-collab` measures, one scene each. Times in milliseconds, all from the clients' side."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections.abc import Callable

import websockets
from websockets.typing import Origin

from benchmarks.guests import Guest, invite
from benchmarks.live_writer import LiveWriter
from benchmarks.long_document import write_long_document
from benchmarks.stored_text import stored_texts
from benchmarks.web_processes import WebProcesses

Figures = dict[str, float]

EDIT_SECONDS = 0.5
SETTLE_SECONDS = 30.0


class Announcements:
    """How long updates took from their writer's sending to each other writer's socket."""

    def __init__(self) -> None:
        self.writers: dict[str, LiveWriter] = {}
        self.seconds: list[float] = []

    def heard(self, session_id: str, number: int, now: float) -> None:
        self.seconds.append(now - self.writers[session_id].sent_at[number])


async def crowd(processes: WebProcesses, num_documents: int, writers_each: int, seconds: float) -> Figures:
    """`writers_each` people on each document, half of them on each web process."""
    announcements, writers = Announcements(), []
    for document in range(num_documents):
        guests = await invite(processes.addresses[0], writers_each, first_host=2 + document * writers_each)
        for index, guest in enumerate(guests):
            address = processes.addresses[index % len(processes.addresses)]
            name, generator = f"d{document}w{index}", random.Random(f"{document} {index}")
            writers.append(LiveWriter(name, guest, [address], generator, announcements.heard))
    announcements.writers = {writer.session_id: writer for writer in writers}
    async with asyncio.TaskGroup() as group:
        staying = [group.create_task(writer.stay()) for writer in writers]
        await _until(lambda: all(writer.socket for writer in writers))
        servers = {name: processes.cpu_seconds(name) for name in processes.names}
        begin, own = time.perf_counter(), time.process_time()
        writing = [group.create_task(writer.write(None, EDIT_SECONDS)) for writer in writers]
        await asyncio.sleep(seconds)
        for task in writing:
            task.cancel()
        elapsed = time.perf_counter() - begin
        figures = {"client's share of a core": (time.process_time() - own) / elapsed}
        for name, before in servers.items():
            figures[f"{name}'s share of a core"] = (processes.cpu_seconds(name) - before) / elapsed
        await _until(lambda: _are_equal(writers))
        for task in staying:
            task.cancel()
    times = _times(writers, announcements, elapsed)
    shares = sum(figures[f"{name}'s share of a core"] for name in processes.names)
    figures["ms of a core per edit"] = 1000 * shares / times["edits/s"]
    return times | figures | _check(processes, writers)


def _times(writers: list[LiveWriter], announcements: Announcements, elapsed: float) -> Figures:
    acks = sorted(1000 * seconds for writer in writers for seconds in writer.ack_seconds)
    told = sorted(1000 * seconds for seconds in announcements.seconds)
    return {
        "edits/s": len(acks) / elapsed,
        "acknowledged p50 ms": quantile(acks, 0.5),
        "acknowledged p95 ms": quantile(acks, 0.95),
        "acknowledged max ms": acks[-1],
        "announced p50 ms": quantile(told, 0.5),
        "announced p95 ms": quantile(told, 0.95),
        "announced max ms": told[-1],
        "fewest edits of one writer": min(len(writer.acknowledged) for writer in writers),
    }


def _check(processes: WebProcesses, writers: list[LiveWriter]) -> Figures:
    """Every replica is what the rows tell, and holds each acknowledged word once."""
    texts = set(stored_texts(processes.database).values())
    assert {writer.text for writer in writers} <= texts, "a replica differs from the database"
    lost = sum(writer.text.count(marker) != 1 for writer in writers for marker in writer.acknowledged)
    assert not lost, f"{lost} acknowledged edits are lost or doubled"
    return {"refused": sum(len(writer.refusals) for writer in writers), "lost or doubled": lost}


def _are_equal(writers: list[LiveWriter]) -> bool:
    """Whether nothing is under way, and the writers of each document are at one revision."""
    documents: dict[str, set[int | None]] = {}
    for writer in writers:
        documents.setdefault(writer.name.split("w")[0], set()).add(writer.revision)
    return all(writer.pending is None for writer in writers) and all(len(each) == 1 for each in documents.values())


async def opening(processes: WebProcesses, num_updates: int) -> Figures:
    """A process that has never seen the document opens it, then once more."""
    [guest] = await invite(processes.addresses[0], 1)
    document_id = guest.path.strip("/").split("/")[-1]
    write_long_document(processes, document_id, num_updates)
    first, size = await _open(processes.addresses[1], guest)
    again, _ = await _open(processes.addresses[1], guest)
    return {"first ms": 1000 * first, "again ms": 1000 * again, "text in characters": size}


async def _open(address: str, guest: Guest) -> tuple[float, int]:
    begin, size = time.perf_counter(), 0
    async with asyncio.timeout(SETTLE_SECONDS):
        async with websockets.connect(
            address.replace("http", "ws", 1) + guest.path,
            origin=Origin(address),
            additional_headers={"Cookie": guest.cookie},
            max_size=None,
            compression=None,
        ) as socket:
            join = {"type": "join", "protocol": 1, "revision": None, "session_id": uuid.uuid4().hex}
            await socket.send(json.dumps(join))
            num_parts = None
            while num_parts is None or num_parts:
                frame = json.loads(await socket.recv())
                if frame["type"] == "welcome":
                    num_parts, size = frame["document"]["num_parts"], len(frame["document"]["text"] or "")
                elif frame["type"] == "welcome_part" and num_parts is not None:
                    num_parts, size = num_parts - 1, size + len(frame["text"])
                assert frame["type"] != "error", frame
            return time.perf_counter() - begin, size


async def idle_tabs(processes: WebProcesses, count: int) -> Figures:
    """What `count` people who only read cost one web process."""
    address, name = processes.addresses[0], processes.names[0]
    guests = await invite(address, count)
    before = processes.resident_bytes(name)
    tabs = [LiveWriter(f"tab{index}", guest, [address], random.Random(index)) for index, guest in enumerate(guests)]
    async with asyncio.TaskGroup() as group:
        staying = [group.create_task(tab.stay()) for tab in tabs]
        await _until(lambda: all(tab.socket for tab in tabs))
        await asyncio.sleep(5)
        after = processes.resident_bytes(name)
        for task in staying:
            task.cancel()
    return {"before MB": before / 1e6, "more with the tabs MB": (after - before) / 1e6}


async def _until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SETTLE_SECONDS):
        while not is_true():
            await asyncio.sleep(0.1)


def quantile(values: list[float], share: float) -> float:
    """Of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]

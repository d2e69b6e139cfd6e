"""Nothing that was acknowledged is lost or doubled, whatever is killed while people write.

CHAOS_SECONDS lets it go on for longer, CHAOS_SEEDS takes other seeds ("1,2,3"), CHAOS_WRITERS more people. What a seed
did is in the log of a failure; times still differ from run to run.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.guests import invite
from benchmarks.live_writer import LiveWriter
from benchmarks.stored_text import stored_texts
from benchmarks.web_processes import WebProcesses
from tests.chaos.monkey import Monkey

SECONDS = float(os.environ.get("CHAOS_SECONDS", "5"))
SEEDS = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "1").split(",")]
NUM_WRITERS = int(os.environ.get("CHAOS_WRITERS", "8"))
EDIT_SECONDS = 0.1
SETTLE_SECONDS = 60.0


@pytest.mark.parametrize("seed", SEEDS)
async def test_acknowledged_edits_survive_every_death(tmp_path: Path, seed: int) -> None:
    generator = random.Random(seed)
    with WebProcesses(tmp_path) as processes:
        monkey = Monkey(processes, generator)
        writers = await made_writers(processes, generator)
        async with asyncio.TaskGroup() as group:
            staying = [group.create_task(writer.stay()) for writer in writers]
            await until(lambda: all(writer.socket for writer in writers), writers)
            writing = [group.create_task(writer.write(None, EDIT_SECONDS)) for writer in writers]
            await monkey.rage(SECONDS)
            for task in writing:
                task.cancel()
            await until(lambda: are_settled(writers), writers)
            for task in staying:
                task.cancel()
        assert_nothing_is_lost_or_doubled(processes, writers)
        assert_no_process_complained(processes)


async def made_writers(processes: WebProcesses, generator: random.Random) -> list[LiveWriter]:
    guests = await invite(processes.addresses[0], NUM_WRITERS)
    addresses = [processes.addresses, processes.addresses[::-1]]
    return [
        LiveWriter(f"w{index}", guest, addresses[index % 2], random.Random(generator.random()))
        for index, guest in enumerate(guests)
    ]


def are_settled(writers: list[LiveWriter]) -> bool:
    return len({writer.revision for writer in writers}) == 1 and all(writer.pending is None for writer in writers)


async def until(is_true: Callable[[], bool], writers: list[LiveWriter]) -> None:
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while not is_true():
        states = [(writer.revision, writer.pending, writer.refusals, writer.num_joins) for writer in writers]
        assert asyncio.get_running_loop().time() < deadline, states
        await asyncio.sleep(0.05)


def assert_nothing_is_lost_or_doubled(processes: WebProcesses, writers: list[LiveWriter]) -> None:
    [text] = stored_texts(processes.database).values()
    assert {writer.name for writer in writers if writer.text != text} == set()
    assert [writer.refusals for writer in writers] == [[]] * len(writers)
    markers = [marker for writer in writers for marker in writer.acknowledged]
    assert len(markers) > len(writers)
    assert {marker: text.count(marker) for marker in markers if text.count(marker) != 1} == {}
    # Nor is anything in it that nobody wrote.
    assert len(text) == sum(map(len, markers))


def assert_no_process_complained(processes: WebProcesses) -> None:
    for name in processes.names:
        assert "Traceback" not in processes.log(name).read_text()

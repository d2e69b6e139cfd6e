"""Nothing that was acknowledged is lost or doubled, whatever is killed while people write and ask for suggestions.

CHAOS_EDITS says how many edits must be acknowledged, CHAOS_DOCUMENTS and CHAOS_WRITERS how many documents there are
and people in each, CHAOS_CALM how many seconds pass at most between two deaths, CHAOS_SEEDS takes other seeds
("1,2,3"). What a seed did is in the log of a failure; times still differ from run to run.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.guests import invite
from benchmarks.live_writer import LiveWriter
from benchmarks.stored_text import stored_texts
from benchmarks.web_processes import WebProcesses
from tests.chaos.monkey import Monkey

logger = logging.getLogger(__name__)

NUM_EDITS = int(os.environ.get("CHAOS_EDITS", "300"))
NUM_DOCUMENTS = int(os.environ.get("CHAOS_DOCUMENTS", "2"))
NUM_WRITERS = int(os.environ.get("CHAOS_WRITERS", "4"))
SEEDS = [int(seed) for seed in os.environ.get("CHAOS_SEEDS", "1").split(",")]
CALM_SECONDS = float(os.environ.get("CHAOS_CALM", "2"))
EDIT_SECONDS = 0.1
EDITS_PER_SUGGESTION = 50
SETTLE_SECONDS = 120.0


@pytest.mark.parametrize("seed", SEEDS)
async def test_acknowledged_edits_survive_every_death(tmp_path: Path, seed: int) -> None:
    generator = random.Random(seed)
    with WebProcesses(tmp_path, has_worker=True) as processes:
        monkey = Monkey(processes, generator, CALM_SECONDS)
        documents = [await made_writers(processes, generator, document) for document in range(NUM_DOCUMENTS)]
        writers = [writer for document in documents for writer in document]
        async with asyncio.TaskGroup() as group:
            staying = [group.create_task(writer.stay()) for writer in writers]
            await until(lambda: all(writer.socket for writer in writers), writers)
            writing = [group.create_task(writer.write(None, EDIT_SECONDS)) for writer in writers]
            await monkey.rage(lambda: num_acknowledged(writers) >= NUM_EDITS)
            for task in writing:
                task.cancel()
            await until(lambda: all(map(are_settled, documents)), writers)
            await asyncio.to_thread(processes.wait_until_ready)
            for task in staying:
                task.cancel()
        logger.info("%d edits acknowledged, %d processes killed", num_acknowledged(writers), monkey.num_killed)
        texts = stored_texts(processes.database)
        assert len(texts) == NUM_DOCUMENTS
        for document in documents:
            assert_nothing_is_lost_or_doubled(texts, document)
        assert_no_process_complained(processes)


async def made_writers(processes: WebProcesses, generator: random.Random, document: int) -> list[LiveWriter]:
    guests = await invite(processes.addresses[0], NUM_WRITERS, first_host=2 + document * NUM_WRITERS)
    addresses = [processes.addresses, processes.addresses[::-1]]
    return [
        LiveWriter(
            f"d{document}w{index}",
            guest,
            addresses[index % 2],
            random.Random(generator.random()),
            asks_every=EDITS_PER_SUGGESTION,
        )
        for index, guest in enumerate(guests)
    ]


def num_acknowledged(writers: list[LiveWriter]) -> int:
    return sum(len(writer.acknowledged) for writer in writers)


def are_settled(writers: list[LiveWriter]) -> bool:
    return len({writer.revision for writer in writers}) == 1 and all(writer.pending is None for writer in writers)


async def until(is_true: Callable[[], bool], writers: list[LiveWriter]) -> None:
    deadline = asyncio.get_running_loop().time() + SETTLE_SECONDS
    while not is_true():
        states = [(writer.revision, writer.pending, writer.refusals, writer.num_joins) for writer in writers]
        assert asyncio.get_running_loop().time() < deadline, states
        await asyncio.sleep(0.05)


def assert_nothing_is_lost_or_doubled(texts: dict[str, str], writers: list[LiveWriter]) -> None:
    [text] = {writer.text for writer in writers}
    assert text in texts.values()
    assert [writer.refusals for writer in writers] == [[]] * len(writers)
    markers = [marker for writer in writers for marker in writer.acknowledged]
    assert len(markers) > len(writers)
    found = Counter(re.findall(r"\[[^]]*\]", text))
    assert {marker: found[marker] for marker in markers if found[marker] != 1} == {}
    # Nor is anything in it that nobody wrote.
    assert len(text) == sum(map(len, markers))


def assert_no_process_complained(processes: WebProcesses) -> None:
    for name in processes.names:
        assert "Traceback" not in processes.log(name).read_text()

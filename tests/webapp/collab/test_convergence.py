"""Whatever the network does, every replica ends equal and every edit counts exactly once.

CONVERGENCE_SEEDS and CONVERGENCE_OPERATIONS ask for more than the default run.
"""

import os
from collections.abc import Iterator

import pytest

from tests.webapp.collab.browser import BUNDLE, Browser, BrowserWriter
from tests.webapp.collab.simulation import Simulation, Writer
from webapp.collab import authority, states
from webapp.collab.attribution import Attribution
from webapp.models import Document

SEEDS = range(int(os.environ.get("CONVERGENCE_SEEDS", "80")))
NUM_OPERATIONS = int(os.environ.get("CONVERGENCE_OPERATIONS", "150"))


NAMES = ["Ada", "Bob", "Eve"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not BUNDLE.exists():
        pytest.skip(f"{BUNDLE} is not there: make vendor builds it")
    with Browser() as browser:
        yield browser


@pytest.mark.parametrize("seed", SEEDS)
def test_replicas_end_equal_and_no_edit_is_lost_or_doubled(document: Document, seed: int) -> None:
    run(document, Simulation([Writer(document.pk, name) for name in NAMES], seed))


@pytest.mark.parametrize("seed", SEEDS[::4])
def test_the_pages_own_code_ends_equal_too(document: Document, browser: Browser, seed: int) -> None:
    run(document, Simulation([BrowserWriter(document.pk, name, browser) for name in NAMES], seed))


def run(document: Document, simulation: Simulation) -> None:
    for _ in range(NUM_OPERATIONS):
        simulation.step()
    simulation.settle()

    text = authority.read(document.pk).text
    assert [writer.text for writer in simulation.writers] == [text] * len(simulation.writers)
    assert sorted(text) == sorted(simulation.typed - simulation.deleted)
    assert_numbers_have_no_gap(document, simulation)
    assert_rows_alone_tell_the_same(document)


def assert_numbers_have_no_gap(document: Document, simulation: Simulation) -> None:
    for writer in simulation.writers:
        rows = document.updates.filter(session_id=writer.session_id).order_by("revision")
        assert list(rows.values_list("number", flat=True)) == list(range(writer.first_number))


def assert_rows_alone_tell_the_same(document: Document) -> None:
    remembered = authority.read(document.pk)
    states.cache.clear()
    document.snapshots.all().delete()
    from_rows = authority.read(document.pk)
    assert (from_rows.revision, from_rows.text) == (remembered.revision, remembered.text)
    assert authors(from_rows.attribution) == authors(remembered.attribution)


def authors(attribution: Attribution) -> list[tuple[int, str]]:
    return [(run.length, attribution.sources[run.source].author.name) for run in attribution.runs]

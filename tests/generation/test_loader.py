"""The engine's checkpoints follow the catalogue, and whoever looks sees how far they are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generation.catalogue import Catalogue
from generation.checkpoints import Checkpoint
from generation.errors import HubUnreachable
from generation.loader import Loader
from tests.generation.fake_engine import FakeEngine, FakeInfo
from tests.generation.test_catalogue import content, item
from tests.waiting import wait_until

PLENTY = 10**9


def catalogue_of(*items: dict[str, Any], version: int = 1) -> Catalogue:
    return Catalogue.from_json(json.dumps(content(*items, version=version)))


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine(broken=["broken"])


@pytest.fixture
def loader(engine: FakeEngine) -> Iterator[Loader]:
    loader = Loader(engine, PLENTY, on_change=lambda: None)
    loader.open()
    yield loader
    loader.close()


def want(loader: Loader, catalogue: Catalogue, *names: str) -> None:
    loader.want(catalogue, frozenset(names))


def test_what_is_wanted_gets_ready_the_default_first(engine: FakeEngine, loader: Loader) -> None:
    want(loader, catalogue_of(item("large"), item("tiny")), "large", "tiny")
    wait_until(lambda: loader.statuses().get("large") and loader.statuses()["large"].state == "ready")
    assert engine.loads == ["tiny", "large"]
    assert loader.statuses()["tiny"].revision == "r1"


def test_what_waits_for_a_request_stays_absent_until_it_comes(engine: FakeEngine, loader: Loader) -> None:
    catalogue = catalogue_of(item("tiny"), item("large", load=False))
    want(loader, catalogue, "tiny")
    wait_until(lambda: "tiny" in engine.infos)
    assert loader.statuses()["large"].state == "absent"
    want(loader, catalogue, "tiny", "large")
    wait_until(lambda: "large" in engine.infos)


def test_what_is_no_longer_in_the_catalogue_is_unloaded(engine: FakeEngine, loader: Loader) -> None:
    want(loader, catalogue_of(item("tiny"), item("large")), "tiny", "large")
    wait_until(lambda: "large" in engine.infos)
    want(loader, catalogue_of(item("tiny")), "tiny")
    wait_until(lambda: "large" not in engine.infos)
    assert "large" not in loader.statuses()


def test_a_changed_revision_is_loaded_anew(engine: FakeEngine, loader: Loader) -> None:
    want(loader, catalogue_of(item("tiny", revision="one")), "tiny")
    wait_until(lambda: "tiny" in engine.infos)
    want(loader, catalogue_of(item("tiny", revision="two")), "tiny")
    wait_until(lambda: engine.infos.get("tiny") == FakeInfo(revision="two"))


def test_a_failure_is_named_and_tried_again_when_the_catalogue_changes(engine: FakeEngine, loader: Loader) -> None:
    want(loader, catalogue_of(item("broken"), item("tiny")), "broken", "tiny")
    wait_until(lambda: "tiny" in engine.infos and loader.statuses()["broken"].state == "failed")
    assert loader.statuses()["broken"].reason == "broken is truncated"
    assert engine.loads.count("broken") == 1
    engine.broken.clear()
    want(loader, catalogue_of(item("broken"), item("tiny"), version=2), "broken", "tiny")
    wait_until(lambda: loader.statuses()["broken"].state == "ready")


def test_an_entry_that_cannot_be_served_is_failed_with_its_reason(loader: Loader) -> None:
    want(loader, catalogue_of(item("bad", source="/etc/passwd")))
    assert loader.statuses()["bad"].state == "failed"


def test_an_unforeseen_failure_does_not_end_the_loader(
    engine: FakeEngine, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(checkpoint: Checkpoint, on_state: object, make_room: object) -> None:
        raise MemoryError("no memory")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "load", explode)
        want(loader, catalogue_of(item("tiny")), "tiny")
        wait_until(lambda: loader.statuses()["tiny"].reason == "loading failed: no memory")
    want(loader, catalogue_of(item("tiny"), version=2), "tiny")
    wait_until(lambda: loader.statuses()["tiny"].state == "ready")


def test_a_hub_that_gives_no_answer_is_asked_again_later(
    engine: FakeEngine, loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def give_no_answer(checkpoint: Checkpoint, on_state: object, make_room: object) -> None:
        engine.loads.append(checkpoint.name)
        raise HubUnreachable("the hub gave no answer")

    monkeypatch.setattr("generation.loader.HUB_RETRY_S", 0.0)
    monkeypatch.setattr(engine, "load", give_no_answer)
    catalogue = catalogue_of(item("tiny"))
    want(loader, catalogue, "tiny")
    wait_until(lambda: len(engine.loads) >= 2)


def test_the_least_recently_used_gives_way_where_memory_is_short(engine: FakeEngine) -> None:
    loader = Loader(engine, weights_budget=9000, on_change=lambda: None)
    loader.open()
    catalogue = catalogue_of(item("tiny"), item("one", load=False), item("two", load=False))
    want(loader, catalogue, "tiny", "one")
    wait_until(lambda: "one" in engine.infos)
    want(loader, catalogue, "tiny", "one", "two")
    wait_until(lambda: set(engine.infos) == {"tiny", "two"})
    wait_until(lambda: "may take" in loader.statuses()["one"].reason)
    loader.ask_again("one")
    want(loader, catalogue, "tiny", "one", "two")
    wait_until(lambda: set(engine.infos) == {"tiny", "one"})
    loader.close()


def test_others_go_before_the_next_is_read_so_the_budget_holds_at_every_moment(engine: FakeEngine) -> None:
    loader = Loader(engine, weights_budget=9000, on_change=lambda: None)
    loader.open()
    catalogue = catalogue_of(item("tiny"), item("one", load=False), item("two", load=False))
    want(loader, catalogue, "tiny", "one")
    wait_until(lambda: "one" in engine.infos)
    want(loader, catalogue, "tiny", "one", "two")
    wait_until(lambda: "two" in engine.infos)
    assert engine.num_bytes_at_loads == [0, 4000, 4000]
    loader.close()


def test_the_least_recently_used_goes_and_no_more_than_needed(engine: FakeEngine) -> None:
    loader = Loader(engine, weights_budget=16000, on_change=lambda: None)
    loader.open()
    names = ["tiny", "one", "two", "three"]
    catalogue = catalogue_of(*(item(name, load=name == "tiny") for name in [*names, "four"]))
    want(loader, catalogue, *names)
    wait_until(lambda: set(engine.infos) == set(names))
    for name in ("two", "one", "three"):
        loader.note_use(name)
    want(loader, catalogue, *names, "four")
    wait_until(lambda: set(engine.infos) == {"tiny", "one", "three", "four"})
    loader.close()


def test_the_next_is_read_when_requests_have_ended_on_what_went(engine: FakeEngine) -> None:
    loader = Loader(engine, weights_budget=9000, on_change=lambda: None)
    loader.open()
    engine.num_leaving_bytes = 4000
    want(loader, catalogue_of(item("tiny"), item("one")), "tiny", "one")
    wait_until(lambda: engine.loads == ["tiny", "one"])
    assert "one" not in engine.infos
    engine.num_leaving_bytes = 0
    wait_until(lambda: "one" in engine.infos)
    loader.close()


def test_what_can_never_fit_is_refused_and_costs_nobody_their_place(engine: FakeEngine) -> None:
    loader = Loader(engine, weights_budget=9000, on_change=lambda: None)
    loader.open()
    engine.sizes["huge"] = 6000
    want(loader, catalogue_of(item("tiny"), item("one"), item("huge")), "tiny", "one", "huge")
    wait_until(lambda: "huge" in loader.statuses() and loader.statuses()["huge"].state == "failed")
    assert "expected at most 0.0 GB for all checkpoints together" in loader.statuses()["huge"].reason
    assert set(engine.infos) == {"tiny", "one"}
    loader.close()


def test_a_new_revision_that_fits_not_beside_the_old_one_takes_its_place(engine: FakeEngine) -> None:
    loader = Loader(engine, weights_budget=6000, on_change=lambda: None)
    loader.open()
    want(loader, catalogue_of(item("tiny", revision="one")), "tiny")
    wait_until(lambda: "tiny" in engine.infos)
    want(loader, catalogue_of(item("tiny", revision="two")), "tiny")
    wait_until(lambda: engine.infos.get("tiny") == FakeInfo(revision="two"))
    assert engine.num_bytes_at_loads == [0, 0]
    loader.close()


def test_every_change_of_state_is_told(engine: FakeEngine) -> None:
    seen: list[str] = []
    loader = Loader(engine, PLENTY, on_change=lambda: seen.append(loader.statuses()["tiny"].state))
    loader.open()
    want(loader, catalogue_of(item("tiny")), "tiny")
    wait_until(lambda: seen == ["loading", "ready"])
    loader.close()

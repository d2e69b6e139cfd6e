"""What the engine's benchmark makes of reports: a figure that flatters would be worse than none."""

import math
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from benchmarks.engine.bars import print_bars
from benchmarks.engine.figures import median, typing_figures
from benchmarks.engine.keystrokes import Typists
from benchmarks.engine.plot import draw
from benchmarks.engine.work import Work
from generation.checkpoints import bundled_folder


def _report(first: list[float | None]) -> dict[str, object]:
    return {"first": first, "end": [None] * len(first), "tokens": 60, "seconds": 2.0}


def test_a_key_whose_text_never_came_lowers_the_shares() -> None:
    figures = typing_figures(_report([0.1, 0.2, None, 0.4]))
    assert (figures["seen"], figures["soon"]) == (0.75, 0.5)
    assert figures["first_p50"] == pytest.approx(200)
    assert figures["tokens_per_second"] == 30


def test_where_no_text_came_there_is_no_latency() -> None:
    assert math.isinf(typing_figures(_report([None, None]))["first_p50"])


def test_a_round_that_was_lucky_does_not_decide() -> None:
    assert median([{"ms": 1.0}, {"ms": 9.0}, {"ms": 8.0}]) == {"ms": 8.0}


def test_a_key_supersedes_the_last_of_its_typist_alone() -> None:
    prompt = {"text": "", "ids": []}
    clock = Typists([[prompt, prompt], [prompt]], interval=0.0)
    clock.take_due()
    assert [(key.typist, key.is_superseded) for key in clock.all] == [(0, True), (0, False), (1, False)]


def test_every_contender_is_asked_for_the_same_text() -> None:
    work = Work(bundled_folder())
    typed = work.typing(num_keys=5, num_tokens=20, seed=1)
    assert len(typed[0]["ids"]) == 20
    assert all(after["text"][:-1] == before["text"] for before, after in pairwise(typed))
    assert work.typing(5, 20, seed=1) == typed != work.typing(5, 20, seed=2)


def test_a_bar_that_is_missed_says_no(capsys: pytest.CaptureFixture[str]) -> None:
    figures = {
        "Inkling float32": {"first_p50": 100.0},
        "transformers": {"first_p50": 1400.0},
        "OpenVINO GenAI int8, 3 x 20": {"first_p50": 500.0},
    }
    print_bars({"typing": {"figures": figures, "machine": {"load at start": "0.01"}}})
    rows = capsys.readouterr().out.splitlines()
    reached = [row.rsplit("|", 2)[1].strip() for row in rows if row.startswith("| typing")]
    assert reached == ["NO", "yes", "not measured"]


def test_the_plot_is_drawn_where_nothing_came_too() -> None:
    row = {"first_p50": 20.0, "soon": 1.0, "tokens_per_second": 300.0}
    never = {"first_p50": math.inf, "soon": 0.0, "tokens_per_second": 10.0}
    picture = ElementTree.fromstring(draw({"Inkling float32 | 1": row, "transformers | 1": never}))
    curves = [element.attrib["points"] for element in picture.iter() if element.tag.endswith("polyline")]
    assert [bool(points) for points in curves] == [True, False, True, True, True, True]

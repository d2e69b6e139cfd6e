"""Contenders as the benchmark sees them: processes that answer, or end."""

import sys
from pathlib import Path

from benchmarks.engine.contender import Contender
from benchmarks.engine.contest import Contest, Turn


def _contender(tmp_path: Path, module: str) -> Contender:
    return Contender(module, Path(sys.executable), module, ["folder", "name", "dtype"], tmp_path / f"{module}.log")


def test_who_ends_is_named_with_its_last_words_and_the_others_go_on(tmp_path: Path) -> None:
    contest = Contest("gpt2", tmp_path, tmp_path)
    absent = _contender(tmp_path, "absent_module")
    turns = [Turn("absent", absent, "cold", {}), Turn("absent too", absent, "cold", {})]
    assert contest.play([turns]) == {}
    assert "No module named" in contest.absent["absent_module"]


def test_a_process_answers_scene_after_scene(tmp_path: Path) -> None:
    contender = _contender(tmp_path, "echo_for_tests")
    contender._command = [sys.executable, "-c", ECHO]
    assert [contender.play("echo", value=value) for value in ("a", "b")] == ["a", "b"]
    contender.close()


ECHO = """
from benchmarks.engine.serving import serve
def echo(value):
    print("what a library says is no answer")
    return value
serve({"echo": echo})
"""

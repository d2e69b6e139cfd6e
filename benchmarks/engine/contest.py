"""Who takes part in which scene, and rounds in which they take turns."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, get_args

from benchmarks.engine import machine
from benchmarks.engine.checkpoints import convert_for_ctranslate2, export_for_openvino
from benchmarks.engine.contender import Contender, ContenderFailed
from benchmarks.engine.environments import export_python, peers_python
from generation.config import Dtype

OURS = "Inkling"


@dataclass(frozen=True, slots=True)
class Turn:
    """One contender's part in a round."""

    label: str
    contender: Contender
    scene: str
    arguments: dict[str, Any]


class Contest:
    """The contenders of one checkpoint. Who cannot take part is named with the reason in `absent`."""

    def __init__(self, name: str, checkpoints: Path, cache: Path) -> None:
        self.name = name
        self.absent: dict[str, str] = {}
        self._checkpoints = checkpoints
        self._cache = cache
        self._all: list[Contender] = []

    def ours(self) -> list[Contender]:
        python = Path(sys.executable)
        folder = str(self._checkpoints)
        return [self._add(f"{OURS} {dtype}", python, "inkling", [folder, self.name, dtype]) for dtype in dtypes()]

    def measured_for_memory(self) -> list[Contender]:
        """Ours, with fewer cells and a look at its own process."""
        folder = str(self._checkpoints)
        return [
            self._add(f"{OURS} {dtype}", Path(sys.executable), "memory", [folder, self.name, dtype])
            for dtype in dtypes()
        ]

    def transformers(self) -> Contender:
        arguments = [str(self._checkpoints), self.name, machine.best_dtype()]
        return self._add("transformers", peers_python(self._cache), "transformers_generate", arguments)

    def ctranslate2(self) -> Contender:
        python = peers_python(self._cache)
        convert_for_ctranslate2(self._checkpoints, self.name, python)
        return self._add("CTranslate2 int8", python, "ctranslate2_batch", [str(self._checkpoints), f"ct2-{self.name}"])

    def openvino(self) -> Contender:
        if not (self._checkpoints / f"ov-{self.name}").is_dir():
            export_for_openvino(self._checkpoints, self.name, export_python(self._cache))
        arguments = [str(self._checkpoints), f"ov-{self.name}"]
        return self._add("OpenVINO GenAI int8", peers_python(self._cache), "openvino_batching", arguments)

    def if_possible(self, peer: str) -> list[Contender]:
        """The peer of that name, or nobody where it cannot be set up."""
        try:
            return [getattr(self, peer)()]
        except (CalledProcessError, OSError) as error:
            self.absent[peer] = str(error)
            return []

    def play(self, rounds: Iterable[list[Turn]]) -> dict[str, list[dict[str, Any]]]:
        """The reports of every label, one a round."""
        reports: dict[str, list[dict[str, Any]]] = {}
        for number, turns in enumerate(rounds):
            for turn in turns:
                if turn.contender.name in self.absent:
                    continue
                print(f"    round {number + 1}: {turn.label}", flush=True)
                try:
                    report = turn.contender.play(turn.scene, **turn.arguments)
                except ContenderFailed as error:
                    self.absent[turn.contender.name] = str(error)
                    turn.contender.close()
                else:
                    reports.setdefault(turn.label, []).append(report)
        return reports

    def close(self) -> None:
        for contender in self._all:
            contender.close()

    def _add(self, name: str, python: Path, module: str, arguments: list[str]) -> Contender:
        self._all.append(Contender(name, python, module, arguments, self._cache / f"{module}-{len(self._all)}.log"))
        return self._all[-1]


def dtypes() -> list[str]:
    """Those of ours that this machine may be asked for."""
    wanted = ["float32", "int8"]
    if machine.best_dtype() == "bfloat16":
        wanted.append("bfloat16")
    return [dtype for dtype in wanted if dtype in get_args(Dtype)]

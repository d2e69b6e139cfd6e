"""A page names every module of its script beforehand: none missing, none twice, each one served."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from channels.testing import HttpCommunicator
from django.conf import settings
from django.template import Context, Template
from django.templatetags.static import static
from django.test import Client

from tests.webapp.collab.browser import ROOT, node
from webapp.asgi import application
from webapp.models import Document
from webapp.modules import modules_of

STATIC = ROOT / "static"
TEMPLATES = ROOT / "templates"
TAG = re.compile(r"{% modules (.+) %}")
SCRIPTS = sorted(
    tuple(re.findall('"(.+?)"', tag)) for path in TEMPLATES.rglob("*.html") for tag in TAG.findall(path.read_text())
)
SCRIPT = re.compile(r'<script type="module" src="([^"]+)"></script>')
PRELOADED = re.compile(r'<link rel="modulepreload" href="([^"]+)">')


def linked_by_node(entry: str) -> set[str]:
    command = [node(), "--experimental-vm-modules", str(ROOT / "tests/js/linked_modules.mjs"), str(STATIC / entry)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return {Path(line).relative_to(STATIC).as_posix() for line in output.splitlines()}


def write(folder: Path, **modules: str) -> None:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source)


def test_the_pages_with_scripts_are_known() -> None:
    editor = ("js/joining.js", "js/editor.js")
    assert [("js/admin_status.js",), ("js/history.js",), editor, ("js/reading.js",)] == SCRIPTS


@pytest.mark.parametrize("entries", SCRIPTS)
def test_the_modules_are_those_that_node_links(entries: tuple[str, ...]) -> None:
    modules = modules_of(STATIC, *entries)
    assert len(set(modules)) == len(modules)
    assert set(modules) == set().union(*(linked_by_node(entry) for entry in entries))


@pytest.mark.parametrize("entries", SCRIPTS)
async def test_each_is_preloaded_once_and_served_as_a_module(entries: tuple[str, ...]) -> None:
    names = " ".join(f'"{entry}"' for entry in entries)
    rendered = Template(f"{{% load modules %}}{{% modules {names} %}}").render(Context())
    assert SCRIPT.findall(rendered) == [static(entry) for entry in entries]
    addresses = PRELOADED.findall(rendered)
    assert addresses == [static(path) for path in modules_of(STATIC, *entries)]
    for address in addresses:
        response = await HttpCommunicator(application, "HEAD", address).get_response(timeout=10)
        assert response["status"] == 200
        assert (b"content-type", b"text/javascript") in response["headers"]


def test_the_page_lets_its_preloaded_modules_in(alice: Client, document: Document) -> None:
    response = alice.get(f"/documents/{document.pk}/")
    assert "script-src 'self';" in response["Content-Security-Policy"]
    addresses = PRELOADED.findall(response.content.decode())
    assert len(addresses) > 50
    assert all(address.startswith(settings.STATIC_URL) for address in addresses)


def test_all_ways_to_import_are_read_and_what_only_looks_like_one_is_not(tmp_path: Path) -> None:
    names = ["first", "second", "third", "fourth", "fifth"]
    write(tmp_path, **dict.fromkeys(names, "export const a = 1"))
    write(
        tmp_path,
        entry='import "./first.js"\nimport { a as b } from "./second.js"\nimport {\n  a,\n} from "./third.js"\n'
        'export * from "./fourth.js"\nimport * as all from "./fifth.js"\n'
        '// import "./comment.js"\n/** @param {import("./type.js").Type} a */\n'
        'export const text = "from"\nexport const other = \'import "./text.js"\'\n',
    )
    assert modules_of(tmp_path, "entry.js") == ("entry.js", *(f"{name}.js" for name in names))


def test_modules_that_import_each_other_are_named_once(tmp_path: Path) -> None:
    write(tmp_path, entry='import "./one.js"\nimport "./other.js"')
    write(tmp_path, one='import "./other.js"', other='import "./one.js"')
    assert modules_of(tmp_path, "entry.js") == ("entry.js", "one.js", "other.js")


def test_what_the_first_script_needs_comes_first_and_is_not_named_again(tmp_path: Path) -> None:
    write(tmp_path, first='import "./shared.js"', second='import "./own.js"\nimport "./shared.js"', shared="", own="")
    assert modules_of(tmp_path, "first.js", "second.js") == ("first.js", "shared.js", "second.js", "own.js")


def test_an_import_of_what_is_not_there_fails(tmp_path: Path) -> None:
    write(tmp_path, entry='import "./gone.js"')
    with pytest.raises(FileNotFoundError):
        modules_of(tmp_path, "entry.js")

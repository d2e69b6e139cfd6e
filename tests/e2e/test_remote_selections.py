"""What somebody else has selected is marked cheaply, and where CodeMirror would mark it."""

from __future__ import annotations

import pytest

from tests.e2e.editor_page import EditorPage

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="session")]

LONG = "He took the lamp from its hook and went down to the boats, where nobody had been since the storm. " * 4
TEXT = f"{LONG}\nShort.\n\nA line, שורה בעברית, and on.\n{LONG}"
# Every selection from each seventh place, of four lengths: the rectangles of both ways that differ by a pixel or more.
COMPARE = """async () => {
  const editor = document.querySelector("script[type=module][src$='/editor.js']").src
  const { EditorSelection, EditorView, RectangleMarker } = await import(new URL("../vendor/codemirror.js", editor))
  const { markSelection } = await import(new URL("remote_selection.js", editor))
  const view = EditorView.findFromDOM(document.querySelector(".cm-editor"))
  const places = (markers) => markers.map(({ left, top, width, height }) => [left, top, width, height])
  const isFar = (one, other) => one.flat().some((number, place) => Math.abs(number - other.flat()[place]) >= 1)
  const found = { compared: 0, numRectangles: 0, different: [] }
  for (let from = 0; from < view.state.doc.length; from += 7) for (const length of [1, 30, 120, 500]) {
    const to = Math.min(view.state.doc.length, from + length)
    const quick = places(markSelection(view, "", from, to))
    const full = places(RectangleMarker.forRange(view, "", EditorSelection.range(from, to)))
    found.compared++
    found.numRectangles = Math.max(found.numRectangles, quick.length)
    if (quick.length !== full.length || isFar(quick, full)) found.different.push({ from, to, quick, full })
  }
  return found
}"""
COUNT_QUESTIONS = """async () => {
  const editor = document.querySelector("script[type=module][src$='/editor.js']").src
  const { EditorView } = await import(new URL("../vendor/codemirror.js", editor))
  const { markSelection } = await import(new URL("remote_selection.js", editor))
  const view = EditorView.findFromDOM(document.querySelector(".cm-editor"))
  const { coordsAtPos, posAtCoords } = view
  let asked = 0
  view.coordsAtPos = (...place) => (asked++, coordsAtPos.apply(view, place))
  view.posAtCoords = (...place) => (asked++, posAtCoords.apply(view, place))
  markSelection(view, "", 10, 250)
  Object.assign(view, { coordsAtPos, posAtCoords })
  return asked
}"""


async def write(editor: EditorPage) -> None:
    await editor.page.keyboard.insert_text(TEXT)
    await editor.wait_for_text(TEXT)


async def test_a_selection_is_marked_where_codemirror_would_mark_it(editor: EditorPage) -> None:
    await write(editor)
    found = await editor.page.evaluate(COMPARE)
    assert found["compared"] > 400
    assert found["numRectangles"] >= 3
    assert found["different"] == []


async def test_a_selection_over_several_rows_asks_the_page_for_two_places_only(editor: EditorPage) -> None:
    await write(editor)
    assert await editor.page.evaluate(COUNT_QUESTIONS) == 2

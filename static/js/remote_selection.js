// The rectangles that mark what somebody else has selected.
//
// CodeMirror's own way asks the page about ten times where something is, for text that runs both ways. Most text does
// not, and twenty selections that move while one types are to be cheap: then two questions are enough.

import { EditorSelection, RectangleMarker } from "../vendor/codemirror.js"

/**
 * @param {import("../vendor/codemirror.js").EditorView} view
 * @param {string} className
 * @param {number} from
 * @param {number} to
 * @returns {RectangleMarker[]} as RectangleMarker.forRange would draw it
 */
export function markSelection(view, className, from, to) {
  const start = Math.max(from, view.viewport.from)
  const end = Math.min(to, view.viewport.to)
  if (start >= end) return []
  const first = runsLeftToRight(view, start, end) && view.coordsAtPos(start, 2)
  const last = first && view.coordsAtPos(end, -2)
  if (!last) return RectangleMarker.forRange(view, className, EditorSelection.range(from, to))
  const { x, y } = origin(view)
  return rectangles(view, first, last).map(({ left, top, right, bottom }) => {
    return new RectangleMarker(className, left - x, top - y, Math.max(0, right - left), bottom - top)
  })
}

/** Of the lines where it begins and ends: those between are marked from edge to edge. */
function runsLeftToRight(view, start, end) {
  const { doc } = view.state
  return [start, end].every((position) => view.bidiSpans(doc.lineAt(position)).every(({ level }) => level === 0))
}

function rectangles(view, first, last) {
  const top = Math.min(first.top, last.top)
  const bottom = Math.max(first.bottom, last.bottom)
  const isOneRow = last.top < first.bottom
  if (isOneRow) return [{ left: first.left, right: last.right, top, bottom }]
  const { left, right } = view.contentDOM.getBoundingClientRect()
  const areRowsBetween = last.top - first.bottom > view.defaultLineHeight
  // Rows that follow each other meet in the middle of the gap between them.
  const middle = (first.bottom + last.top) / 2
  const head = { left: first.left, right, top, bottom: areRowsBetween ? first.bottom : middle }
  const tail = { left, right: last.right, top: areRowsBetween ? last.top : middle, bottom }
  return areRowsBetween ? [head, { left, right, top: first.bottom, bottom: last.top }, tail] : [head, tail]
}

/** What the places of markers count from, in pixels of the window. */
function origin({ scrollDOM, scaleX, scaleY }) {
  const { left, top } = scrollDOM.getBoundingClientRect()
  return { x: left - scrollDOM.scrollLeft * scaleX, y: top - scrollDOM.scrollTop * scaleY }
}

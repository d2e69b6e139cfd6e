// Marks machine-written text, and tells on hover which checkpoint wrote it and who accepted it.

import { Decoration, EditorView, StateField, hoverTooltip } from "../vendor/codemirror.js"
import { sourceOf } from "./origin.js"
import { restoredText } from "./restored_text.js"

const field = StateField.define({
  create: () => Decoration.none,
  update: (marks, transaction) => updatedMarks(marks, transaction),
  provide: (own) => EditorView.decorations.from(own),
})

/**
 * @param {object | null} attribution as in a welcome
 * @returns {import("../vendor/codemirror.js").Extension[]}
 */
export function attribution(attribution) {
  return [field.init(() => Decoration.set(machineRanges(attribution).map(toMark))), restoredText, tooltip]
}

/**
 * The machine-written ranges of a document.
 * @param {{sources: object[], runs: [number, number][]} | null} attribution
 * @returns {{from: number, to: number, source: object}[]}
 */
export function machineRanges(attribution) {
  const ranges = []
  let from = 0
  for (const [length, place] of attribution?.runs ?? []) {
    const source = attribution.sources[place]
    if (source.origin === "suggestion" && length) ranges.push({ from, to: from + length, source })
    from += length
  }
  return ranges
}

/**
 * One line about a piece of machine-written text.
 * @param {import("./origin.js").Source} source
 * @returns {string}
 */
export function describeSource({ author, provenance, at }) {
  const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
  const parts = [provenance?.checkpoint ?? "A language model"]
  if (provenance?.params) parts.push(`temperature ${provenance.params.temperature.toFixed(1)}`)
  parts.push(`accepted by ${author.name} at ${time}`)
  if (provenance?.is_verified === false) parts.push("not verified")
  return parts.join(", ")
}

function toMark({ from, to, source }) {
  return Decoration.mark({ class: "machine-text", source }).range(from, to)
}

function updatedMarks(marks, transaction) {
  const source = transaction.annotation(sourceOf)
  const add = []
  if (source) transaction.changes.iterChangedRanges((fromA, toA, from, to) => from < to && add.push(toMark({ from, to, source })))
  return marks.map(transaction.changes).update({ add, sort: true })
}

const tooltip = hoverTooltip((view, position) => {
  let found = null
  view.state.field(field).between(position, position, (from, to, { spec }) => {
    found = { from, to, source: spec.source }
  })
  if (!found) return null
  return { pos: found.from, end: found.to, above: true, create: () => ({ dom: drawTooltip(found.source) }) }
}, { hoverTime: 350 })

function drawTooltip(source) {
  const dom = document.createElement("div")
  dom.className = "machine-tooltip"
  dom.textContent = describeSource(source)
  return dom
}

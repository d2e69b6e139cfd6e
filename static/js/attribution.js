// Marks who and what wrote the text: machines always, people where the writer wants it; hovering tells more.

import { Decoration, EditorView, StateEffect, StateField, hoverTooltip } from "../vendor/codemirror.js"
import { copiedFrom, readOrigin, recorded, sourceOf } from "./origin.js"
import { Runs, isEdited, isMachineWritten, originalOf, piecesOf } from "./runs.js"

/** Turns the colours of people on and off. */
export const writersShown = StateEffect.define()

const field = StateField.define({
  create: () => ({ runs: Runs.from(null), areWritersShown: false, readAuthor: () => null }),
  update: (value, transaction) => {
    let next = value
    if (transaction.docChanged) next = { ...next, runs: followed(value, transaction) }
    for (const effect of transaction.effects) {
      if (effect.is(writersShown)) next = { ...next, areWritersShown: effect.value }
      if (effect.is(recorded)) next = { ...next, runs: corrected(next.runs, effect.value) }
    }
    return next
  },
})

/**
 * @param {object | null} attribution as in a welcome
 * @param {() => {name: string, color: number} | null} readAuthor who writes in this tab
 * @returns {import("../vendor/codemirror.js").Extension[]}
 */
export function attribution(attribution, readAuthor = () => null) {
  const begin = () => ({ runs: Runs.from(attribution), areWritersShown: false, readAuthor })
  return [field.init(begin), marks, tooltip]
}

/** @param {import("../vendor/codemirror.js").EditorState} state @returns {Runs} */
export function runsOf(state) {
  return state.field(field).runs
}

/**
 * The machine-written ranges of a document.
 * @param {{sources: object[], runs: [number, number][]} | null} attribution
 * @returns {{from: number, to: number, source: object}[]}
 */
export function machineRanges(attribution) {
  const ranges = Runs.from(attribution).between(0, Infinity)
  return ranges.filter(({ source }) => isMachineWritten(source)).map(({ from, to, source }) => ({ from, to, source }))
}

/**
 * One line about a piece of text.
 * @param {import("./origin.js").Source} source
 * @param {boolean} wasEdited
 * @returns {string}
 */
export function describeSource(source, wasEdited = false) {
  const first = originalOf(source)
  const parts = isMachineWritten(source) ? describeMachine(first) : [`${DEEDS[first.origin] ?? "Written"} by ${first.author.name}`]
  if (wasEdited && isMachineWritten(source)) parts.push("edited since")
  if (first !== source) parts.push(`restored by ${source.author.name}`)
  return parts.join(", ")
}

const DEEDS = { typed: "Typed", pasted: "Pasted", imported: "Brought along", restored: "Restored" }

function describeMachine({ author, provenance, at }) {
  const time = new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
  const parts = [provenance?.checkpoint ?? "A language model"]
  if (provenance?.params) parts.push(`temperature ${provenance.params.temperature.toFixed(1)}`)
  const asker = provenance?.asker
  if (asker && (asker.name !== author.name || asker.color !== author.color)) parts.push(`suggested to ${asker.name}`)
  parts.push(`accepted by ${author.name} at ${time}`)
  if (provenance?.is_verified === false) parts.push("not verified")
  return parts
}

function followed({ runs, readAuthor }, transaction) {
  const source = sourceOfChange(transaction, { readAuthor })
  const parts = transaction.annotation(copiedFrom)?.parts.map((part) => ({ length: part.length, source: part.source ?? source }))
  return runs.apply(transaction.changes, source, parts ?? (source.provenance?.copied ? piecesOf(source) : null))
}

function corrected(runs, { stretches, accepted }) {
  return (accepted ? runs.accept(accepted.source, accepted.length) : runs).credit(stretches)
}

function sourceOfChange(transaction, { readAuthor }) {
  const said = transaction.annotation(sourceOf)
  if (said) return said
  const author = readAuthor() ?? { name: "", color: 0 }
  return { author, origin: readOrigin(transaction), provenance: null, at: new Date().toISOString() }
}

// Only what can be seen is marked, anew at each update: a long text has thousands of stretches.
const marks = EditorView.decorations.of((view) => drawMarks(view))

function drawMarks(view) {
  const { runs, areWritersShown } = view.state.field(field)
  const ranges = []
  for (const seen of view.visibleRanges) {
    for (const { from, to, source } of runs.between(seen.from, seen.to)) {
      const mark = markOf(source, areWritersShown)
      const start = Math.max(from, ranges.at(-1)?.to ?? 0)
      if (mark && start < to) ranges.push(mark.range(start, to))
    }
  }
  return Decoration.set(ranges)
}

function markOf(source, areWritersShown) {
  if (isMachineWritten(source)) return Decoration.mark({ class: areWritersShown ? "machine-text is-shown" : "machine-text" })
  const { color } = originalOf(source).author
  return areWritersShown ? Decoration.mark({ class: `writer-text writer-${color}` }) : null
}

const tooltip = hoverTooltip((view, position, side) => {
  const { runs, areWritersShown } = view.state.field(field)
  const touching = runs.between(position, position)
  const found = touching.find(({ from, to }) => (side < 0 ? from < position : position < to)) ?? touching[0]
  if (!found || (!areWritersShown && !isMachineWritten(found.source))) return null
  const text = describeSource(found.source, isEdited(found))
  return { pos: found.from, end: found.to, above: true, create: () => ({ dom: drawTooltip(text) }) }
}, { hoverTime: 350 })

function drawTooltip(text) {
  const dom = document.createElement("div")
  dom.className = "machine-tooltip"
  dom.textContent = text
  return dom
}

// Marks machine-written text, and tells on hover which checkpoint wrote it and who accepted it.

import { Decoration, EditorView, StateEffect, StateField, hoverTooltip, invertedEffects } from "../vendor/codemirror.js"
import { sourceOf } from "./origin.js"

/** Puts marks back where an undo brings machine-written text back. */
const marked = StateEffect.define({
  map: ({ from, to, source }, changes) => ({ from: changes.mapPos(from, 1), to: changes.mapPos(to, -1), source }),
})

const hasHistory = invertedEffects.of((transaction) => removedMarks(transaction))

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
  return [field.init(() => Decoration.set(machineRanges(attribution).map(toMark))), hasHistory, tooltip]
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

/**
 * The source of a change that brings machine-written text back, when it is all of the change.
 * @param {import("../vendor/codemirror.js").Transaction} transaction of an undo or a redo
 * @returns {object | null}
 */
export function restoredSource(transaction) {
  const effects = transaction.effects.filter((effect) => effect.is(marked))
  if (effects.length !== 1) return null
  const { from, to, source } = effects[0].value
  let isWhole = source.requestId !== undefined
  transaction.changes.iterChangedRanges((fromA, toA, fromB, toB) => (isWhole &&= fromB === from && toB === to))
  return isWhole ? source : null
}

function toMark({ from, to, source }) {
  return Decoration.mark({ class: "machine-text", source }).range(from, to)
}

function updatedMarks(marks, transaction) {
  const source = transaction.annotation(sourceOf)
  const added = transaction.effects.filter((effect) => effect.is(marked)).map(({ value }) => value)
  if (source) transaction.changes.iterChangedRanges((fromA, toA, from, to) => added.push({ from, to, source }))
  const add = added.filter(({ from, to }) => from < to).map(toMark)
  return marks.map(transaction.changes).update({ add, sort: true })
}

function removedMarks(transaction) {
  const effects = []
  const marks = transaction.startState.field(field)
  transaction.changes.iterChangedRanges((fromA, toA) => {
    marks.between(fromA, toA, (from, to, { spec }) => {
      const range = { from: Math.max(from, fromA), to: Math.min(to, toA), source: spec.source }
      if (range.from < range.to) effects.push(marked.of(range))
    })
  })
  return effects
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

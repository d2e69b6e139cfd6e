// Other people's carets and selections, drawn over the text without touching it.

import { StateEffect, StateField, layer } from "../vendor/codemirror.js"
import { RemoteCaretMarker } from "./remote_caret.js"
import { markSelection } from "./remote_selection.js"

/**
 * @typedef {object} RemoteCaret positions in the local text
 * @property {string} name
 * @property {number} color
 * @property {boolean} isWaiting for a suggestion
 * @property {number} anchor
 * @property {number} head
 */

/** Sets one session's caret, or takes it away with null. */
export const caretSet = StateEffect.define()

const carets = StateField.define({
  create: () => new Map(),
  update: (before, transaction) => {
    let after = before
    if (transaction.docChanged && before.size) after = mapCarets(before, transaction.changes)
    for (const effect of transaction.effects) {
      if (effect.is(caretSet)) after = withCaret(after, effect.value, transaction.newDoc.length)
    }
    return after
  },
})

const selections = caretLayer(false, "remote-selections", selectionMarkers)
const heads = caretLayer(true, "remote-carets", (view, caret) => RemoteCaretMarker.at(view, caret))

export const presence = [carets, selections, heads]

/**
 * @param {import("../vendor/codemirror.js").EditorState} state
 * @returns {Map<string, RemoteCaret>} by session
 */
export function remoteCarets(state) {
  return state.field(carets)
}

/** A layer that measures where a caret is once, and again only when the caret or the text around it may have moved. */
function caretLayer(above, className, measure) {
  /** @type {WeakMap<RemoteCaret, object[]>} */
  const measured = new WeakMap()
  const markersOf = (view, caret) => {
    if (!measured.has(caret)) measured.set(caret, measure(view, caret))
    return measured.get(caret)
  }
  return layer({
    above,
    class: className,
    markers: (view) => [...view.state.field(carets).values()].flatMap((caret) => markersOf(view, caret)),
    update: (update) => {
      const now = update.state.field(carets)
      const from = movedFrom(update)
      for (const caret of now.values()) if (Math.max(caret.anchor, caret.head) >= from) measured.delete(caret)
      return from < Infinity || update.startState.field(carets) !== now
    },
  })
}

/** From where on the text may be elsewhere on the page than before an update. */
function movedFrom(update) {
  const hasOtherEffects = update.transactions.some(({ effects }) => effects.some((effect) => !effect.is(caretSet)))
  if (update.viewportChanged || update.heightChanged || hasOtherEffects) return 0
  if (!update.docChanged) return update.geometryChanged ? 0 : Infinity
  let from = Infinity
  update.changes.iterChangedRanges((fromA, toA, fromB) => (from = Math.min(from, fromB)))
  return update.state.doc.lineAt(from).from
}

function mapCarets(before, changes) {
  return new Map([...before].map(([session, caret]) => [session, mapCaret(caret, changes)]))
}

function mapCaret(caret, changes) {
  const anchor = changes.mapPos(caret.anchor, 1)
  const head = changes.mapPos(caret.head, 1)
  return anchor === caret.anchor && head === caret.head ? caret : { ...caret, anchor, head }
}

function withCaret(before, { sessionId, caret }, length) {
  const after = new Map(before)
  after.delete(sessionId)
  if (!caret) return after
  const clamp = (position) => Math.max(0, Math.min(length, position))
  return after.set(sessionId, { ...caret, anchor: clamp(caret.anchor), head: clamp(caret.head) })
}

function selectionMarkers(view, { anchor, head, color }) {
  if (anchor === head) return []
  return markSelection(view, `remote-selection person-${color}`, Math.min(anchor, head), Math.max(anchor, head))
}

// Other people's carets and selections, drawn over the text without touching it.

import { EditorSelection, RectangleMarker, StateEffect, StateField, layer } from "../vendor/codemirror.js"
import { RemoteCaretMarker } from "./remote_caret.js"

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

const selections = layer({
  above: false,
  class: "remote-selections",
  update: (update) => hasMoved(update),
  markers: (view) => [...view.state.field(carets).values()].flatMap((caret) => selectionMarkers(view, caret)),
})

const heads = layer({
  above: true,
  class: "remote-carets",
  update: (update) => hasMoved(update),
  markers: (view) => [...view.state.field(carets).values()].flatMap((caret) => RemoteCaretMarker.at(view, caret)),
})

export const presence = [carets, selections, heads]

/**
 * @param {import("../vendor/codemirror.js").EditorState} state
 * @returns {Map<string, RemoteCaret>} by session
 */
export function remoteCarets(state) {
  return state.field(carets)
}

function mapCarets(before, changes) {
  const move = (caret) => ({ ...caret, anchor: changes.mapPos(caret.anchor, 1), head: changes.mapPos(caret.head, 1) })
  return new Map([...before].map(([session, caret]) => [session, move(caret)]))
}

function withCaret(before, { sessionId, caret }, length) {
  const after = new Map(before)
  after.delete(sessionId)
  if (!caret) return after
  const clamp = (position) => Math.max(0, Math.min(length, position))
  return after.set(sessionId, { ...caret, anchor: clamp(caret.anchor), head: clamp(caret.head) })
}

function hasMoved(update) {
  return update.docChanged || update.viewportChanged || update.geometryChanged ||
    update.startState.field(carets) !== update.state.field(carets)
}

function selectionMarkers(view, { anchor, head, color }) {
  if (anchor === head) return []
  return RectangleMarker.forRange(view, `remote-selection person-${color}`, EditorSelection.range(anchor, head))
}

// An undo or redo that brings a whole accepted suggestion back: its text is machine-written still, not typed.

import { EditorState, StateField } from "../vendor/codemirror.js"
import { isRemote, originOf, sourceOf } from "./origin.js"

/** The sources of what was accepted in this tab, by text. */
const accepted = StateField.define({
  create: () => new Map(),
  update: (before, transaction) => {
    const source = transaction.annotation(sourceOf)
    if (!source || isRemote(transaction)) return before
    return new Map(before).set(insertedText(transaction.changes), source)
  },
})

const credit = EditorState.transactionExtender.of((transaction) => {
  if (!transaction.isUserEvent("undo") && !transaction.isUserEvent("redo")) return null
  const source = transaction.startState.field(accepted).get(insertedText(transaction.changes))
  return source ? { annotations: [sourceOf.of(source), originOf.of("suggestion")] } : null
})

export const restoredText = [accepted, credit]

function insertedText(changes) {
  const texts = []
  changes.iterChanges((fromA, toA, fromB, toB, inserted) => texts.push(inserted.toString()))
  return texts.length === 1 ? texts[0] : ""
}

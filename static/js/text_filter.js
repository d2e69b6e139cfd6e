// Keeps out of the document what the server refuses: carriage returns, NUL and halves of surrogate pairs.

import { EditorState } from "../vendor/codemirror.js"

// A half is a high surrogate with no low one after it, or a low one with no high one before it.
const REFUSED = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/**
 * @param {string} text
 * @returns {string}
 */
export function cleanText(text) {
  return text.replace(/\r\n?/g, "\n").replace(REFUSED, "")
}

/** Cleans every local insertion; changes that come from the server are not filtered. */
export const textFilter = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged) return transaction
  const mended = []
  transaction.changes.iterChanges((fromA, toA, fromB, toB, inserted) => {
    const text = inserted.toString()
    const clean = cleanText(text)
    if (clean !== text) mended.push({ from: fromB, to: toB, insert: clean })
  })
  return mended.length ? [transaction, { changes: mended, sequential: true }] : transaction
})

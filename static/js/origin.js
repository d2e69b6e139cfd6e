// Where the text of a change comes from. Carried by transactions as annotations.

import { Annotation, StateEffect, Transaction } from "../vendor/codemirror.js"

/**
 * @typedef {object} Source Who or what wrote a piece of text.
 * @property {{name: string, color: number}} author
 * @property {string} origin
 * @property {object | null} provenance checkpoint, params and seed of a suggestion
 * @property {string} at ISO time
 * @property {number} [length] how many UTF-16 units were accepted of a suggestion
 * @property {string} [requestId] with index: names the suggestion to the server
 * @property {number} [index]
 * @property {string} [offerId] instead of the two, where the suggestion was offered by somebody
 */

/** Says outright where a change comes from; without it the change was typed or pasted. */
export const originOf = Annotation.define()

/** The source of a change, a Source: always of what others wrote, of one's own what is machine-written. */
export const sourceOf = Annotation.define()

/** Of text that stood in this document before: `parts`, which are CopiedParts and cover all that is inserted, in order. */
export const copiedFrom = Annotation.define()

/** The server's word on one's own text: `stretches` of {from, length, source}, and what was `accepted` of a suggestion. */
export const recorded = StateEffect.define()

/**
 * @param {Transaction} transaction
 * @returns {"typed" | "suggestion" | "pasted" | "imported" | "restored"}
 */
export function readOrigin(transaction) {
  const said = transaction.annotation(originOf)
  if (said) return said
  return ["input.paste", "input.drop", "move.drop"].some((event) => transaction.isUserEvent(event)) ? "pasted" : "typed"
}

/**
 * @param {Transaction} transaction
 * @returns {boolean} whether the change came from the server
 */
export function isRemote(transaction) {
  return transaction.annotation(Transaction.remote) === true
}

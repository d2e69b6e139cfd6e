// What this page took out of the text and may bring back by an undo: where it was, and what it came from. Knows no view.

import { cutParts } from "./copied_parts.js"

/**
 * @typedef {object} Removed
 * @property {number} at the position where it is missing
 * @property {string} text
 * @property {import("./copied_parts.js").CopiedPart[]} parts
 * @property {number} order of removal
 * @property {boolean} byUndo then a redo brings it back, else an undo does
 */

const MAX_KEPT = 2000
// Removals that one undo takes back: letters deleted one by one.
const MAX_JOINED = 300

export class RemovedText {
  constructor() {
    /** @type {Removed[]} in the order of the text */
    this.kept = []
    this.numRemovals = 0
  }

  /**
   * Goes on to the text after a change.
   * @param {import("../vendor/codemirror.js").ChangeSet} changes
   * @param {{from: number, text: string, parts: object[]}[]} removals what they delete; none where somebody else does
   * @param {boolean} byUndo
   */
  follow(changes, removals = [], byUndo = false) {
    this.numRemovals++
    for (const removal of removals) this.keep({ ...removal, byUndo })
    for (const one of this.kept) one.at = changes.mapPos(one.at, 1)
    if (this.kept.length > MAX_KEPT) {
      const oldest = this.numRemovals - MAX_KEPT / 2
      this.kept = this.kept.filter(({ order }) => order > oldest)
    }
  }

  /**
   * What an undo or a redo brings back where it replaces a range.
   * @param {number} from
   * @param {number} to
   * @param {string} text
   * @param {boolean} isRedo
   * @returns {{parts: object[], pieces: {one: Removed, start: number, end: number}[]} | null} null where it was not removed here
   */
  find(from, to, text, isRedo) {
    const near = this.kept.filter(({ at, byUndo }) => at >= from && at <= to && byUndo === isRedo)
    const orders = [...new Set(near.map(({ order }) => order))].sort((one, other) => other - one)
    // What went last comes back first, and what went before may still be missing in between.
    for (const oldest of orders.slice(0, MAX_JOINED)) {
      const pieces = piecesOfText(near.filter(({ order }) => order >= oldest), text)
      if (pieces) return { pieces, parts: pieces.flatMap(({ one, start, end }) => cutParts(one.parts, start, end)) }
    }
    return null
  }

  /**
   * Forgets what came back.
   * @param {{one: Removed, start: number, end: number}[]} pieces
   */
  forget(pieces) {
    const gone = new Map(pieces.map((piece) => [piece.one, piece]))
    this.kept = this.kept.flatMap((one) => {
      const piece = gone.get(one)
      return piece ? [cutRemoved(one, 0, piece.start), cutRemoved(one, piece.end, one.text.length)].filter(({ text }) => text) : [one]
    })
  }

  /** Text that was removed earlier from within stays in its place between what goes now. */
  keep({ from, text, parts, byUndo }) {
    const to = from + text.length
    const before = this.kept.filter(({ at }) => at <= from)
    const inside = this.kept.filter(({ at }) => at > from && at < to)
    const behind = this.kept.filter(({ at }) => at >= to && at > from)
    const whole = { at: from, text, parts, order: this.numRemovals, byUndo }
    const mixed = []
    let start = 0
    for (const one of inside) {
      if (one.at - from > start) mixed.push({ ...cutRemoved(whole, start, one.at - from), at: from + start })
      mixed.push(one)
      start = one.at - from
    }
    mixed.push({ ...cutRemoved(whole, start, text.length), at: from + start })
    this.kept = [...before, ...mixed, ...behind]
  }
}

function cutRemoved(one, start, end) {
  return { ...one, text: one.text.slice(start, end), parts: cutParts(one.parts, start, end) }
}

function piecesOfText(near, text) {
  const start = near.map((one) => one.text).join("").indexOf(text)
  return start < 0 ? null : piecesBetween(near, start, start + text.length)
}

function piecesBetween(near, from, to) {
  const pieces = []
  let start = 0
  for (const one of near) {
    const first = Math.max(from, start)
    const last = Math.min(to, start + one.text.length)
    if (last > first) pieces.push({ one, start: first - start, end: last - start })
    start += one.text.length
  }
  return pieces
}

// Splits a change that is too long for one frame into changes that give the same text one after the other.

import { ChangeSet } from "../vendor/codemirror.js"

// What a changed range costs beside its text, in units of JSON.
const RANGE_COST = 24

/**
 * @param {ChangeSet} changes
 * @param {number} maxUnits how much inserted text one piece may hold, in UTF-16 units
 * @returns {ChangeSet[]} pieces, to be applied in this order
 */
export function splitChanges(changes, maxUnits) {
  const pieces = new Pieces(changes.length, maxUnits)
  changes.iterChanges((fromA, toA, fromB, toB, inserted) => {
    const chunks = chunksOf(inserted.toString(), maxUnits)
    pieces.add(fromA, toA, chunks[0])
    for (const chunk of chunks.slice(1)) pieces.add(toA, toA, chunk)
  }, true)
  return pieces.close()
}

class Pieces {
  constructor(length, maxUnits) {
    this.length = length
    this.maxUnits = maxUnits
    // How far the finished pieces moved what lies behind them.
    this.shift = 0
    this.open = []
    this.cost = 0
    this.finished = []
  }

  add(from, to, insert) {
    const cost = insert.length + RANGE_COST
    if (this.open.length && this.cost + cost > this.maxUnits) this.finish()
    this.open.push({ from: from + this.shift, to: to + this.shift, insert })
    this.cost += cost
  }

  finish() {
    const piece = ChangeSet.of(this.open, this.length)
    this.finished.push(piece)
    this.shift += piece.newLength - piece.length
    this.length = piece.newLength
    this.open = []
    this.cost = 0
  }

  close() {
    if (this.open.length) this.finish()
    return this.finished
  }
}

function chunksOf(text, maxUnits) {
  const chunks = []
  for (let start = 0; start < text.length; ) {
    const end = start + maxUnits
    const isInsidePair = end < text.length && /[\ud800-\udbff]/.test(text[end - 1])
    chunks.push(text.slice(start, isInsidePair ? end - 1 : end))
    start += chunks.at(-1).length
  }
  return chunks.length ? chunks : [""]
}

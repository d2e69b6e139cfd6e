// Who, or what, wrote each stretch of a text: the server's attribution, kept up to date edit by edit. Knows no view.

/**
 * @typedef {import("./origin.js").Source} Source
 * @typedef {[length: number, index: number]} Run
 */

/** A value: `apply` makes a new one. Sources are only ever added, so they are shared by all that follow. */
export class Runs {
  /**
   * @param {Source[]} sources
   * @param {Run[]} runs that cover the text
   * @param {Map<string, number>} indices of the sources, by what tells them apart
   * @param {Set<number>} shortened the sources of which this page saw a part go
   */
  constructor(sources, runs, indices, shortened = new Set()) {
    Object.assign(this, { sources, runs, indices, shortened })
  }

  /** @param {{sources: Source[], runs: Run[]} | null} attribution as in a welcome */
  static from(attribution) {
    const sources = [...(attribution?.sources ?? [])]
    return new Runs(sources, attribution?.runs ?? [], new Map(sources.map((source, place) => [keyOf(source), place])))
  }

  /**
   * @param {import("../vendor/codemirror.js").ChangeSet} changes
   * @param {Source} source of what is inserted
   * @param {{length: number, source: Source}[] | null} pieces what each stretch of that comes from, where it is a copy
   * @returns {Runs} of the text after the changes
   */
  apply(changes, source, pieces = null) {
    const after = []
    const inserted = pieces && new RunReader(pieces.map((piece) => [piece.length, this.indexOf(piece.source)]))
    const gone = new Set()
    const reader = new RunReader(this.runs)
    changes.iterChanges((fromA, toA, fromB, toB) => {
      reader.take(fromA, (length, index) => append(after, length, index))
      reader.take(toA, (length, index) => gone.add(index))
      if (inserted) inserted.take(inserted.position + toB - fromB, (length, index) => append(after, length, index))
      else if (toB > fromB) append(after, toB - fromB, this.indexOf(source))
    })
    reader.take(changes.length, (length, index) => append(after, length, index))
    const left = new Set(after.map(([, index]) => index))
    const shortened = [...gone].filter((index) => left.has(index))
    return new Runs(this.sources, after, this.indices, shortened.length ? new Set([...this.shortened, ...shortened]) : this.shortened)
  }

  /**
   * @param {{from: number, length: number, source: Source}[]} stretches in the order of the text
   * @returns {Runs} of the same text, where the stretches come from these sources
   */
  credit(stretches) {
    const after = []
    const reader = new RunReader(this.runs)
    for (const { from, length, source } of stretches) {
      reader.take(from, (before, index) => append(after, before, index))
      reader.take(from + length, () => {})
      append(after, length, this.indexOf(source))
    }
    reader.take(Infinity, (length, index) => append(after, length, index))
    return new Runs(this.sources, after, this.indices, this.shortened)
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {{length: number, source: Source}[]} what a range comes from, in order
   */
  slice(from, to) {
    const found = []
    const reader = new RunReader(this.runs)
    reader.take(from, () => {})
    reader.take(to, (length, index) => found.push({ length, source: this.sources[index] }))
    return found
  }

  /**
   * The stretches that touch a range, whole.
   * @param {number} from
   * @param {number} to
   * @returns {{from: number, to: number, index: number, source: Source}[]}
   */
  between(from, to) {
    const found = []
    let start = 0
    for (const [length, index] of this.runs) {
      const end = start + length
      if (start > to) break
      if (end >= from && length) found.push({ from: start, to: end, index, source: this.sources[index] })
      start = end
    }
    return found
  }

  /** @returns {boolean} whether a source's text was divided, or this page saw a part of it go */
  isEdited(index) {
    return this.shortened.has(index) || this.runs.filter((run) => run[1] === index).length > 1
  }

  /** @returns {Map<number, number>} how many UTF-16 units there are of each source */
  totals() {
    const totals = new Map()
    for (const [length, index] of this.runs) totals.set(index, (totals.get(index) ?? 0) + length)
    return totals
  }

  indexOf(source) {
    const key = keyOf(source)
    if (!this.indices.has(key)) {
      this.indices.set(key, this.sources.length)
      this.sources.push(source)
    }
    return this.indices.get(key)
  }
}

/** Walks over runs, any part of one at a time. */
class RunReader {
  constructor(runs) {
    Object.assign(this, { runs, place: 0, offset: 0, position: 0 })
  }

  take(end, give) {
    while (this.position < end && this.place < this.runs.length) {
      const [length, index] = this.runs[this.place]
      const taken = Math.min(length - this.offset, end - this.position)
      if (taken) give(taken, index)
      this.position += taken
      this.offset += taken
      if (this.offset === length) [this.place, this.offset] = [this.place + 1, 0]
    }
  }
}

/**
 * What an update's text comes from, stretch by stretch.
 * @param {Source} source of the update, as the server tells it
 * @param {number} length of what it inserts
 * @returns {{length: number, source: Source}[]}
 */
export function piecesOf(source, length) {
  const copied = source.provenance?.copied
  if (!copied) return [{ length, source }]
  const plain = { ...source, provenance: null }
  return copied.runs.map(([size, index]) => ({ length: size, source: index === null ? plain : copied.sources[index] }))
}

/**
 * What wrote the text first, however often it was restored.
 * @param {Source} source
 * @returns {Source}
 */
export function originalOf(source) {
  return source.provenance?.source ?? source
}

/** @param {Source} source @returns {boolean} */
export function isMachineWritten(source) {
  return originalOf(source).origin === "suggestion"
}

/**
 * Whole percents; 0 and 100 only where it is none and all.
 * @param {number} part
 * @param {number} whole
 * @returns {number}
 */
export function percentOf(part, whole) {
  if (!part || !whole) return 0
  return part === whole ? 100 : Math.min(99, Math.max(1, Math.round((100 * part) / whole)))
}

function append(runs, length, index) {
  const last = runs.at(-1)
  if (last?.[1] === index) runs[runs.length - 1] = [last[0] + length, index]
  else runs.push([length, index])
}

function keyOf({ origin, author, provenance }) {
  return JSON.stringify([origin, author?.name, author?.color, provenance])
}

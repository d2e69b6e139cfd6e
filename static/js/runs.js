// Who, or what, wrote each stretch of a text: the server's attribution, kept up to date edit by edit. Knows no view.

import { insertions } from "./places.js"
import { BlockBuilder, BlockReader } from "./run_blocks.js"

/**
 * @typedef {import("./origin.js").Source} Source
 * @typedef {[length: number, index: number]} Run
 */

/** A value: `apply` makes a new one. Sources are only ever added, or grow, so they are shared by all that follow. */
export class Runs {
  /**
   * @param {Source[]} sources
   * @param {import("./run_blocks.js").Block[]} blocks of the runs that cover the text
   * @param {Map<string, number>} indices of the sources, by what tells them apart
   */
  constructor(sources, blocks, indices) {
    Object.assign(this, { sources, blocks, indices })
  }

  /** @param {{sources: Source[], runs: Run[]} | null} attribution as in a welcome */
  static from(attribution) {
    const sources = [...(attribution?.sources ?? [])]
    const builder = new BlockBuilder()
    for (const [length, index] of attribution?.runs ?? []) builder.add(length, index)
    return new Runs(sources, builder.finish(), new Map(sources.map((source, place) => [keyOf(source), place])))
  }

  /** @returns {Run[]} */
  get runs() {
    return this.blocks.flatMap((block) => block.runs)
  }

  /**
   * @param {import("../vendor/codemirror.js").ChangeSet} changes
   * @param {Source} source of what is inserted
   * @param {{length: number, source: Source}[] | null} pieces what each stretch of that comes from, where it is a copy
   * @returns {Runs} of the text after the changes
   */
  apply(changes, source, pieces = null) {
    if (pieces) return this.insert(changes, pieces)
    const length = insertions(changes).reduce((sum, stretch) => sum + stretch.length, 0)
    return length ? this.accept(source, length).insert(changes, [{ length, source }]) : this.insert(changes, [])
  }

  insert(changes, pieces) {
    const builder = new BlockBuilder()
    const inserted = this.reading(pieces)
    const reader = new BlockReader(this.blocks)
    changes.iterChanges((fromA, toA, fromB, toB) => {
      reader.keep(fromA, builder)
      reader.skip(toA)
      inserted.take(inserted.position + toB - fromB, (length, index) => builder.add(length, index))
    })
    reader.keep(changes.length, builder)
    return new Runs(this.sources, builder.finish(), this.indices)
  }

  /**
   * @param {Source} source
   * @param {number} length of text that it brings anew, which only counts where a machine wrote it
   * @returns {Runs} of the same text
   */
  accept(source, length) {
    if (source.origin !== "suggestion") return this
    const index = this.indexOf({ ...source, length: 0 })
    const known = this.sources[index]
    const sources = this.sources.with(index, { ...known, length: (known.length ?? 0) + length })
    return new Runs(sources, this.blocks, this.indices)
  }

  /**
   * @param {{from: number, length: number, source: Source}[]} stretches in the order of the text
   * @returns {Runs} of the same text, where the stretches come from these sources
   */
  credit(stretches) {
    const builder = new BlockBuilder()
    const reader = new BlockReader(this.blocks)
    for (const { from, length, source } of stretches) {
      reader.keep(from, builder)
      reader.skip(from + length)
      builder.add(length, this.indexOf(source))
    }
    reader.keep(Infinity, builder)
    return new Runs(this.sources, builder.finish(), this.indices)
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {{length: number, source: Source}[]} what a range comes from, in order
   */
  slice(from, to) {
    const found = []
    const reader = new BlockReader(this.blocks)
    reader.skip(from)
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
    for (const block of this.blocks) {
      if (start > to) break
      if (start + block.length >= from) this.touching(block, start, from, to, found)
      start += block.length
    }
    return found
  }

  touching(block, begin, from, to, found) {
    let start = begin
    for (const [length, index] of block.runs) {
      const end = start + length
      if (start > to) break
      if (end >= from && length) found.push({ from: start, to: end, index, source: this.sources[index] })
      start = end
    }
  }

  /** @returns {Map<number, number>} how many UTF-16 units there are of each source */
  totals() {
    const totals = new Map()
    for (const { runs } of this.blocks) for (const [length, index] of runs) totals.set(index, (totals.get(index) ?? 0) + length)
    return totals
  }

  reading(pieces) {
    const builder = new BlockBuilder()
    for (const { length, source } of pieces) builder.add(length, this.indexOf(source))
    return new BlockReader(builder.finish())
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

/**
 * What an update's text comes from, stretch by stretch.
 * @param {Source} source of the update, as the server tells it
 * @param {number} length of what it inserts, where it is no copy
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
 * Whether a machine's words were divided or cut since they were accepted. Copies side by side are no edit.
 * @param {{from: number, to: number, source: Source}} stretch
 * @returns {boolean}
 */
export function isEdited({ from, to, source }) {
  const { length = 0 } = originalOf(source)
  return isMachineWritten(source) && length > 0 && (to - from) % length !== 0
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

function keyOf({ origin, author, provenance }) {
  return JSON.stringify([origin, author?.name, author?.color, inOrder(provenance)])
}

/** Databases keep the fields of an object in an order of their own. */
function inOrder(value) {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(inOrder)
  const ordered = {}
  for (const name of Object.keys(value).sort()) ordered[name] = inOrder(value[name])
  return ordered
}

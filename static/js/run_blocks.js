// Runs of a long text in blocks, so that an edit makes anew only what it touches. Knows no sources.

/**
 * @typedef {[length: number, index: number]} Run
 * @typedef {{runs: Run[], length: number}} Block never changed again
 */

const MIN_RUNS = 32
const MAX_RUNS = 128

/** Builds blocks from runs and from whole blocks. No two neighbouring runs have one index, across blocks too. */
export class BlockBuilder {
  constructor() {
    /** @type {Block[]} */
    this.blocks = []
    /** @type {Run[]} */
    this.open = []
  }

  add(length, index) {
    if (!this.open.length && this.lastIndex() === index) this.open = [...this.blocks.pop().runs]
    const last = this.open.at(-1)
    if (last?.[1] === index) this.open[this.open.length - 1] = [last[0] + length, index]
    else this.open.push([length, index])
    if (this.open.length > MAX_RUNS) this.close(MAX_RUNS / 2)
  }

  /** @param {Block} block taken over as it is, where its neighbour lets it */
  addBlock(block) {
    const mustJoin = this.open.length ? this.open.length < MIN_RUNS || this.open.at(-1)[1] === block.runs[0][1] : this.lastIndex() === block.runs[0][1]
    if (mustJoin) return block.runs.forEach(([length, index]) => this.add(length, index))
    this.close()
    this.blocks.push(block)
  }

  /** @returns {Block[]} */
  finish() {
    this.close()
    return this.blocks
  }

  close(count = this.open.length) {
    const runs = this.open.splice(0, count)
    if (runs.length) this.blocks.push({ runs, length: runs.reduce((sum, [length]) => sum + length, 0) })
  }

  lastIndex() {
    return this.blocks.at(-1)?.runs.at(-1)[1]
  }
}

/** Walks over blocks, and over their runs only where it stops inside. */
export class BlockReader {
  /** @param {Block[]} blocks */
  constructor(blocks) {
    Object.assign(this, { blocks, position: 0, block: 0, run: 0, offset: 0 })
  }

  /**
   * @param {number} end
   * @param {(length: number, index: number) => void} give a run, or a part of one
   * @param {((block: Block) => void) | null} giveBlock a block that lies before the end whole
   */
  take(end, give, giveBlock = null) {
    while (this.position < end && this.block < this.blocks.length) {
      const block = this.blocks[this.block]
      const isWhole = giveBlock && !this.run && !this.offset && this.position + block.length <= end
      if (isWhole) {
        giveBlock(block)
        this.position += block.length
        this.block++
      } else this.takeRun(end, block.runs, give)
    }
  }

  /** Leaves all before an end as it is. */
  keep(end, builder) {
    this.take(end, (length, index) => builder.add(length, index), (block) => builder.addBlock(block))
  }

  skip(end) {
    this.take(end, () => {}, () => {})
  }

  takeRun(end, runs, give) {
    const [length, index] = runs[this.run]
    const taken = Math.min(length - this.offset, end - this.position)
    if (taken) give(taken, index)
    this.position += taken
    this.offset += taken
    if (this.offset < length) return
    this.offset = 0
    if (++this.run === runs.length) [this.block, this.run] = [this.block + 1, 0]
  }
}

// The document at every revision, put together here from its updates, so that the slider waits for no server.

// As many as updates/ gives at once.
export const BLOCK = 500
// A state is kept this often; any other is a few updates away from one.
const KEEP_EVERY = 50
// A history that is not longer is fetched whole, in the background.
export const MAX_AHEAD = 20_000

/**
 * @template State
 */
export class HistoryStates {
  /**
   * @param {object} parts
   * @param {(revision: number) => Promise<{text: string, attribution: object}>} parts.fetchText
   * @param {(after: number) => Promise<object[]>} parts.fetchUpdates at most BLOCK of them
   * @param {(text: string, attribution: object) => State} parts.begin
   * @param {(state: State, update: object) => State} parts.follow
   * @param {() => Promise<void>} [parts.pause] lets the page do something else for a moment
   */
  constructor({ fetchText, fetchUpdates, begin, follow, pause = () => new Promise((resolve) => setTimeout(resolve)) }) {
    Object.assign(this, { fetchText, fetchUpdates, begin, follow, pause })
    /** @type {Map<number, State>} */
    this.states = new Map()
    /** @type {Map<number, object>} by their revisions */
    this.updates = new Map()
    /** @type {Map<number, Promise<void>>} the blocks that are here or on their way, by the revision that they follow */
    this.blocks = new Map()
  }

  /** @returns {State | null} null where something has to be fetched first */
  reach(revision) {
    const from = this.nearest(revision)
    if (from === null) return null
    let state = this.states.get(from)
    for (let next = from + 1; next <= revision; next++) {
      state = this.follow(state, this.updates.get(next))
      if (next % KEEP_EVERY === 0) this.states.set(next, state)
    }
    return state
  }

  /** @param {number} revision @returns {Promise<State>} */
  async at(revision) {
    const start = revision - (revision % BLOCK)
    try {
      if (this.nearest(revision) === null) await Promise.all([this.load(start), this.loadState(start)])
    } catch (error) {
      // Of updates that were folded there is no more than the text at some revisions.
      if (error.code !== "revision_unknown") throw error
      await this.loadState(revision)
    }
    return this.reach(revision)
  }

  /** @returns {Promise<object[]>} updates that follow a revision, as many as are at hand */
  async updatesAfter(revision) {
    await this.load(revision - (revision % BLOCK))
    const found = []
    for (let next = revision + 1; found.length < BLOCK && this.updates.has(next); next++) found.push(this.updates.get(next))
    return found
  }

  /** Fetches everything, one block after the other. @param {number} head */
  async loadAll(head) {
    if (head > MAX_AHEAD) return
    await this.loadState(0)
    for (let revision = 0; revision < head; revision += KEEP_EVERY) {
      if (revision % BLOCK === 0) await this.load(revision)
      this.reach(Math.min(revision + KEEP_EVERY, head))
      await this.pause()
    }
  }

  /** @returns {number | null} the newest kept state from which all updates up to a revision are here */
  nearest(revision) {
    for (let from = revision; from >= 0; from--) {
      if (this.states.has(from)) return from
      if (!this.updates.has(from)) return null
    }
    return null
  }

  async loadState(revision) {
    if (this.reach(revision) !== null) return
    const { text, attribution } = await this.fetchText(revision)
    this.states.set(revision, this.begin(text, attribution))
  }

  load(start) {
    if (!this.blocks.has(start)) {
      this.blocks.set(start, this.fetchBlock(start).catch((error) => {
        this.blocks.delete(start)
        throw error
      }))
    }
    return this.blocks.get(start)
  }

  async fetchBlock(start) {
    const updates = await this.fetchUpdates(start)
    for (const update of updates) this.updates.set(update.revision, update)
    // The last block grows while people write.
    if (updates.length < BLOCK) this.blocks.delete(start)
  }
}

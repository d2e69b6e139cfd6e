// Plays the history back, a few updates at a time. Knows no page: it hands over what follows.

import { stepOf } from "./history_text.js"

export const EVERY_MS = 90
export const SPEEDS = [0.5, 1, 2, 5]

export class HistoryPlayer {
  /**
   * @param {object} parts
   * @param {(after: number) => Promise<object[]>} parts.fetchUpdates a page of them
   * @param {(updates: object[]) => void} parts.onUpdates
   * @param {(isPlaying: boolean) => void} parts.onState
   * @param {(error: Error) => void} parts.onProblem
   * @param {(act: () => void, ms: number) => unknown} [parts.wait] what a test hands in
   */
  constructor({ fetchUpdates, onUpdates, onState, onProblem, wait = (act, ms) => setTimeout(act, ms) }) {
    Object.assign(this, { fetchUpdates, onUpdates, onState, onProblem, wait })
    this.isPlaying = false
    /** May be changed while it plays. */
    this.speed = 1
    /** Counts the playbacks, so that what an earlier one waits for does nothing. */
    this.generation = 0
  }

  /**
   * @param {number} revision that shows now
   * @param {number} head the newest
   */
  async play(revision, head) {
    const generation = ++this.generation
    this.setState(true)
    const whole = stepOf(head - revision, EVERY_MS)
    let updates = []
    while (revision < head) {
      const step = Math.ceil(whole * Math.max(1, this.speed))
      if (updates.length < step) updates = updates.concat(await this.more(revision + updates.length))
      if (generation !== this.generation) return
      if (!updates.length) break
      const next = updates.splice(0, step)
      revision = next.at(-1).revision
      this.onUpdates(next)
      await new Promise((resolve) => this.wait(resolve, EVERY_MS / Math.min(1, this.speed)))
      if (generation !== this.generation) return
    }
    this.stop()
  }

  stop() {
    this.generation++
    if (this.isPlaying) this.setState(false)
  }

  async more(after) {
    try {
      return await this.fetchUpdates(after)
    } catch (error) {
      this.onProblem(error)
      return []
    }
  }

  setState(isPlaying) {
    this.isPlaying = isPlaying
    this.onState(isPlaying)
  }
}

// Counts what was written while the connection was away, to tell the writer when it is merged.

export class Absence {
  constructor() {
    this.onMerged = (number, didOthersWrite) => {}
    // What was written last when the connection went.
    this.before = null
    this.merging = null
  }

  /** @param {import("./update_queue.js").UpdateQueue} queue when the connection went, or did not come back */
  lost(queue) {
    this.before ??= { newest: newest(queue) }
    this.merging = null
  }

  /** @param {import("./update_queue.js").UpdateQueue} queue at the welcome */
  returned(queue) {
    const hasWritten = queue.size > 0 && this.before !== null && newest(queue) !== this.before.newest
    this.before = null
    if (hasWritten) this.merging = { number: queue.size, last: queue.firstNumber + queue.size - 1, didOthersWrite: false }
  }

  /**
   * @param {{session_id: string, number: number}} update that was committed
   * @param {string} ownSession
   */
  committed(update, ownSession) {
    if (!this.merging) return
    if (update.session_id !== ownSession) this.merging.didOthersWrite = true
    else if (update.number === this.merging.last) {
      const { number, didOthersWrite } = this.merging
      this.merging = null
      this.onMerged(number, didOthersWrite)
    }
  }
}

// Changes are values: others in their place mean that somebody wrote.
function newest(queue) {
  return queue?.updates.at(-1)?.changes ?? null
}

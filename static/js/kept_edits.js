// Keeps this tab's unsaved edits in the browser, so that they outlive the tab. Writes what changed, a few times a second.

import { toFrame } from "./update_queue.js"

// On a good connection an edit is saved sooner, and nothing is written here at all.
const WRITE_AFTER_MS = 250
// The text around the edits is long, and needed only where the server has forgotten its own.
const TEXT_AFTER_MS = 2000

export class KeptEdits {
  /**
   * @param {{sessionId: string, path: string, readQueue: () => import("./update_queue.js").UpdateQueue}} tab
   * @param {Promise<import("./kept_store.js").KeptStore>} opening
   * @param {{setTimeout?: typeof setTimeout, now?: () => number}} platform what a test hands in
   */
  constructor(tab, opening, platform = {}) {
    this.tab = tab
    this.setTimeout = platform.setTimeout ?? ((...args) => globalThis.setTimeout(...args))
    this.now = platform.now ?? Date.now
    this.onTrouble = (error) => {}
    this.onProgress = () => {}
    this.onBegun = () => {}
    this.store = null
    this.trouble = null
    this.hasTold = false
    this.timer = null
    this.numWriting = 0
    this.unsavedSince = null
    this.isOver = false
    this.forgetWritten()
    opening.then((store) => this.opened(store), (error) => this.opened(null, error))
  }

  /** @returns {boolean} whether the browser can keep nothing, or nothing more */
  get isTroubled() {
    return this.trouble !== null
  }

  /** @returns {boolean} whether something would be lost with this page */
  get isBehind() {
    return this.numUnsaved > 0 && (this.timer !== null || this.numWriting > 0 || !this.store || this.isTroubled)
  }

  get numUnsaved() {
    return this.tab.readQueue()?.size ?? 0
  }

  /** The queue may have changed. */
  changed() {
    this.unsavedSince = this.numUnsaved ? this.unsavedSince ?? this.now() : null
    if (this.isOver || this.timer !== null || (!this.numUnsaved && !this.hasWritten)) return
    this.timer = this.setTimeout(() => this.writeInTurn(), WRITE_AFTER_MS)
  }

  writeInTurn() {
    this.timer = null
    // One at a time: what a failed one left out is in the next.
    if (this.numWriting || (!this.store && !this.isTroubled)) this.changed()
    else this.write()
  }

  /** Makes the store equal to the queue, without waiting any longer. */
  write() {
    if (this.isOver) return
    if (!this.store) return this.isTroubled && this.numUnsaved && this.tell()
    if (this.numUnsaved) this.put(this.tab.readQueue())
    else if (this.hasWritten) this.erase()
  }

  put(queue) {
    if (!this.hasWritten) this.onBegun()
    this.follow(this.store.write(this.session(queue), this.news(queue), this.text(queue)))
  }

  /** Nothing of this tab is kept any more, and nothing will be: it became a draft. */
  close() {
    this.isOver = true
  }

  erase() {
    this.forgetWritten()
    this.follow(this.store.forget(this.tab.sessionId))
  }

  session(queue) {
    const { sessionId: session_id, path } = this.tab
    const at = new Date(this.now()).toISOString()
    return { session_id, path, revision: queue.revision, length: queue.length, first_number: queue.firstNumber, at }
  }

  news(queue) {
    const isNew = ({ number, pending }) => this.written.get(number) !== pending.changes
    const numbered = queue.updates.map((pending, place) => ({ number: queue.firstNumber + place, pending }))
    const news = numbered.filter(isNew).map(({ number, pending }) => ({ number, update: toFrame(pending) }))
    this.written = new Map(numbered.map(({ number, pending }) => [number, pending.changes]))
    this.hasWritten = true
    return news
  }

  text(queue) {
    const isSoon = this.now() - this.unsavedSince < TEXT_AFTER_MS
    if (isSoon || !queue.text || this.writtenText === queue.revision) return null
    this.writtenText = queue.revision
    return { revision: queue.revision, text: queue.text.toString() }
  }

  forgetWritten() {
    this.hasWritten = false
    // By number: an update whose changes are the same object has not changed.
    this.written = new Map()
    this.writtenText = null
  }

  async follow(writing) {
    this.numWriting++
    try {
      await writing
      this.trouble = null
    } catch (error) {
      this.failed(error)
    } finally {
      this.numWriting--
      this.onProgress()
    }
  }

  /** What is in the store now is what was there before; the next attempt brings all of it. */
  failed(error) {
    this.forgetWritten()
    this.hasWritten = true
    this.trouble = error
    this.tell()
  }

  opened(store, error = null) {
    this.store = store
    // Told when there is something to keep, since until then nobody misses it.
    this.trouble = error
    this.changed()
  }

  tell() {
    if (!this.hasTold) this.onTrouble(this.trouble)
    this.hasTold = true
  }
}

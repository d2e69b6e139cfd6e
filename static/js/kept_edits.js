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
    this.oldest = null
    this.unsavedSince = 0
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
    return this.numUnsaved > 0 && (this.hasNews || this.numWriting > 0 || !this.store || this.isTroubled)
  }

  /** Whether the queue is not as it was written last. */
  get hasNews() {
    const queue = this.tab.readQueue()
    if (!queue?.size) return this.hasWritten
    return stampOf(queue).some((part, place) => part !== this.stamp[place])
  }

  get lacksText() {
    const queue = this.tab.readQueue()
    return Boolean(queue?.size && queue.text && this.writtenText !== queue.revision)
  }

  get numUnsaved() {
    return this.tab.readQueue()?.size ?? 0
  }

  /** The queue may have changed. */
  changed() {
    this.watchOldest()
    if (this.isOver || this.timer !== null || !(this.hasNews || this.lacksText)) return
    this.timer = this.setTimeout(() => this.writeInTurn(), WRITE_AFTER_MS)
  }

  /** How long the oldest edit waits says how good the connection is; somebody who types on always has a young one. */
  watchOldest() {
    const oldest = this.numUnsaved ? this.tab.readQueue().firstNumber : null
    if (oldest !== this.oldest) this.unsavedSince = this.now()
    this.oldest = oldest
  }

  writeInTurn() {
    this.timer = null
    const isYoung = this.numUnsaved && this.now() - this.unsavedSince < WRITE_AFTER_MS
    // One at a time: what a failed one left out is in the next.
    if (isYoung || this.numWriting || (!this.store && !this.isTroubled)) return this.changed()
    this.write()
    if (!this.isTroubled) this.changed()
  }

  /** Does not wait any longer with what is to be written: the page may go. */
  hurry() {
    if (this.hasNews) this.write()
  }

  /** Makes the store equal to the queue. */
  write() {
    if (this.isOver) return
    if (!this.store) return this.isTroubled && this.numUnsaved && this.tell()
    if (this.numUnsaved) this.put(this.tab.readQueue())
    else if (this.hasWritten) this.erase()
  }

  put(queue) {
    const text = this.text(queue)
    if (!text && !this.hasNews) return
    if (!this.hasWritten) this.onBegun()
    this.follow(this.store.write(this.session(queue), this.news(queue), text))
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
    this.stamp = stampOf(queue)
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
    this.stamp = []
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

// Changes are values, so a queue with the same newest ones on the same revision is the same queue.
function stampOf({ revision, firstNumber, size, updates }) {
  return [revision, firstNumber, size, updates.at(-1).changes]
}

// Brings a queue's edits to the server and takes what comes back: one edit in flight, each revision once.
//
// Knows no editor. The same for a tab that is open and for what a dead one left.

import { backOff } from "./back_off.js"
import { joinFrame } from "./socket.js"
import { OutOfStep } from "./update_queue.js"

// An edit that is not confirmed by then was sent into a connection that is dead and does not know it.
const CONFIRM_WITHIN_MS = 10000
// The server could not save just now: nothing is lost, the edit is sent again. Any other refusal is final.
const PASSING_CODES = ["unavailable", "failed"]

export class Exchange {
  /**
   * @param {import("./socket.js").Socket} socket
   * @param {string} sessionId
   * @param {(code: string, message: string) => void} onStopped the document can no longer be kept in step
   * @param {{setTimeout?: typeof setTimeout, clearTimeout?: typeof clearTimeout}} platform what a test hands in
   */
  constructor(socket, sessionId, onStopped, platform = {}) {
    Object.assign(this, { socket, sessionId, onStopped })
    this.setTimeout = platform.setTimeout ?? ((...args) => globalThis.setTimeout(...args))
    this.clearTimeout = platform.clearTimeout ?? ((timer) => globalThis.clearTimeout(timer))
    this.onProgress = () => {}
    this.onFailing = (isFailing) => {}
    /** @type {import("./update_queue.js").UpdateQueue | null} */
    this.queue = null
    this.hasStopped = false
    this.isFailing = false
    this.numFailures = 0
    // Behind this revision nothing is sent: the server moves a late edit over few updates only.
    this.goal = 0
    this.watchdog = null
    this.retry = null
    socket.on("document_edited", (frame) => this.documentEdited(frame))
    socket.on("edit_refused", (frame) => this.stop(frame.code, frame.message))
    socket.on("error", (frame) => this.failed(frame))
  }

  /** @returns {object} the "join" frame of this moment */
  makeJoin() {
    return joinFrame(this.sessionId, this.queue?.revision)
  }

  /** @returns {number} how many updates are not known to be saved */
  get numUnconfirmed() {
    return this.queue?.size ?? 0
  }

  /**
   * Goes on after a break: what was in flight is sent again, and the server ignores what it has.
   * @param {object} welcome
   */
  resume(welcome) {
    this.goal = welcome.document.head_revision
    this.connectionLost()
    this.push()
  }

  connectionLost() {
    this.stopTimers()
    this.queue?.connectionLost()
    this.onProgress()
  }

  push() {
    if (this.maySend()) {
      const batch = this.queue.takeBatch()
      if (batch && this.socket.send(batch)) this.watch()
    }
    this.onProgress()
  }

  maySend() {
    return !this.hasStopped && !this.retry && this.socket.isJoined && this.queue.revision >= this.goal
  }

  watch() {
    this.clearTimeout(this.watchdog)
    this.watchdog = this.setTimeout(() => this.socket.rejoin(), CONFIRM_WITHIN_MS)
  }

  documentEdited({ revision, updates }) {
    if (this.hasStopped || !this.queue) return
    const first = revision - updates.length + 1
    const { queue } = this
    if (first > queue.revision + 1) return this.socket.rejoin()
    const { firstNumber } = queue
    // After a rejoin frames may overlap what is here already.
    this.take(updates.slice(queue.revision + 1 - first))
    if (queue.firstNumber > firstNumber) this.succeeded()
    if (!queue.numInFlight) this.clearTimeout(this.watchdog)
    this.push()
  }

  /** @param {object[]} updates the next ones, in order */
  take(updates) {
    for (const update of updates) if (!this.hasStopped) this.receive(update)
  }

  receive(update) {
    try {
      return this.queue.receive(update)
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error
      this.stop("out_of_step", error.message)
      return null
    }
  }

  failed({ code, message, request_id: requestId }) {
    if (requestId || this.hasStopped) return
    if (code === "revision_unknown") return this.stop(code, message)
    if (PASSING_CODES.includes(code) && this.queue?.numInFlight) this.sendLater()
  }

  sendLater() {
    this.stopTimers()
    this.queue.connectionLost()
    this.setFailing(true)
    this.retry = this.setTimeout(() => {
      this.retry = null
      this.push()
    }, backOff(this.numFailures++))
    this.onProgress()
  }

  succeeded() {
    this.numFailures = 0
    this.setFailing(false)
  }

  setFailing(isFailing) {
    if (isFailing === this.isFailing) return
    this.isFailing = isFailing
    this.onFailing(isFailing)
  }

  stop(code, message) {
    if (this.hasStopped) return
    this.hasStopped = true
    this.stopTimers()
    this.setFailing(false)
    this.onStopped(code, message)
  }

  stopTimers() {
    this.clearTimeout(this.watchdog)
    this.clearTimeout(this.retry)
    this.retry = null
  }
}

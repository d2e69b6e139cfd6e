// Sends what a tab that is gone had not seen saved, as that tab's own session: the server knows which numbers it has.

import { Exchange } from "./exchange.js"
import { UpdateQueue } from "./update_queue.js"

/**
 * @typedef {{kind: "saved", number: number} | {kind: "refused", code: string} | {kind: "closed"}} Outcome
 *   how many updates the server did not have; why it will never take them; that this browser may not ask any more
 */

export class Replay extends Exchange {
  /**
   * @param {(makeJoin: () => object) => import("./socket.js").Socket} makeSocket
   * @param {{session: import("./kept_store.js").KeptSession, updates: object[]}} record
   * @param {object} platform what a test hands in
   */
  constructor(makeSocket, record, platform = {}) {
    const socket = makeSocket(() => this.makeJoin())
    super(socket, record.session.session_id, (code) => this.end({ kind: "refused", code }), platform)
    this.queue = UpdateQueue.restore(record.session, record.updates)
    this.number = null
    socket.on("welcome", (welcome) => this.welcomed(welcome))
    socket.on("error", (frame) => this.joinRefused(frame))
    socket.onState = (state) => {
      if (state === "offline") this.connectionLost()
      if (state === "closed") this.end({ kind: "closed" })
    }
  }

  /** @returns {Promise<Outcome>} once the server has everything, or will not have it */
  run() {
    this.socket.open()
    return new Promise((resolve) => (this.resolve = resolve))
  }

  welcomed(welcome) {
    if (!welcome.document.can_edit) return this.stop("read_only", "")
    this.resume(welcome)
  }

  joinRefused({ code, message }) {
    if (!this.socket.isJoined) this.stop(code, message)
  }

  push() {
    if (this.maySend()) this.number ??= this.queue.size
    super.push()
  }

  take(updates) {
    for (const update of updates) {
      // What was kept may be older than what the tab sent last: the server has it all then.
      if (this.hasStopped || !this.queue.size) break
      this.receive(update)
    }
    if (!this.hasStopped && !this.queue.size) this.end({ kind: "saved", number: this.number ?? 0 })
  }

  end(outcome) {
    this.hasStopped = true
    this.stopTimers()
    this.socket.onState = () => {}
    this.socket.close("")
    this.resolve(outcome)
  }
}

// The server's side of the socket over a FakeAuthority. Works when `run` says so, and fails as a test wants it to.

import { Socket } from "../../static/js/socket.js"
import { FakeTimers, FakeWebSocket } from "./fake_platform.mjs"

export class FakeServer {
  /** @param {import("./fake_authority.mjs").FakeAuthority} authority */
  constructor(authority) {
    this.authority = authority
    this.timers = new FakeTimers()
    this.connections = []
    // What an edit is answered with instead of being saved.
    this.errorCode = null
    this.refusalCode = null
    this.joinErrorCode = null
    // Edits are saved, but the browser does not hear of it.
    this.isMute = false
    this.makeSocket = (makeJoin) => {
      const platform = { WebSocket: this.webSocket(), setTimeout: this.timers.setTimeout, clearTimeout: this.timers.clearTimeout }
      return new Socket("ws://here/", makeJoin, platform)
    }
  }

  webSocket() {
    const server = this
    return class extends FakeWebSocket {
      constructor(url) {
        super(url)
        server.connections.push({ browser: this, read: 0, sentRevision: null, sessionId: null })
      }
    }
  }

  /** Opens what is to be opened and answers what was sent, until nothing is left to do. */
  run() {
    let isBusy = true
    while (isBusy) isBusy = this.connections.map((connection) => this.serve(connection)).some(Boolean)
  }

  /** Every connection breaks. */
  cut() {
    const open = this.connections.filter(({ browser }) => browser.readyState < 2)
    this.connections = []
    for (const { browser } of open) browser.breaks(1006)
  }

  serve(connection) {
    const { browser } = connection
    if (browser.readyState === 3) return false
    if (browser.readyState === 0) browser.opens()
    const frame = browser.sent[connection.read]
    if (frame) {
      connection.read++
      this.answer(connection, frame)
    }
    return this.spread(connection) || Boolean(frame)
  }

  answer(connection, frame) {
    const { browser } = connection
    if (frame.type === "join") return this.join(connection, frame)
    if (this.errorCode) return browser.says({ type: "error", code: this.errorCode, message: "" })
    if (this.refusalCode) return browser.says({ type: "edit_refused", first_number: frame.first_number, code: this.refusalCode, message: "" })
    this.authority.accept(connection.sessionId, frame)
  }

  join(connection, { revision, session_id: sessionId }) {
    const { browser } = connection
    if (this.joinErrorCode) return browser.says({ type: "error", code: this.joinErrorCode, message: "" })
    const head = this.authority.revision
    const from = revision ?? head
    Object.assign(connection, { sessionId, sentRevision: from })
    const text = revision === null ? this.authority.text.toString() : null
    browser.says({ type: "welcome", document: { num_parts: 0, revision: from, head_revision: head, text, can_edit: true } })
  }

  spread(connection) {
    if (this.isMute || connection.sentRevision === null || connection.sentRevision === this.authority.revision) return false
    const frame = this.authority.since(connection.sentRevision)
    connection.sentRevision = this.authority.revision
    connection.browser.says(frame)
    return true
  }
}

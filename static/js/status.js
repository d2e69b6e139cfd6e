// The status line: connection, what the checkpoint is doing, how fast it was, and the number of words.

import { whenIdle } from "./idle.js"
import { describeStatus } from "./status_text.js"
import { countWordsIn } from "./words.js"

const COUNT_AFTER_MS = 300

export class Status {
  /**
   * @param {HTMLElement} root as in _status.html
   * @param {() => import("./params.js").Choices} readChoices
   */
  constructor(root, readChoices) {
    this.root = root
    this.readChoices = readChoices
    this.connection = "connecting"
    /** @type {import("./status_text.js").Measured | null} */
    this.measured = null
    this.onFirstText = (milliseconds) => {}
    this.part = (name) => root.querySelector(`.status-${name}`)
  }

  /** @param {import("./socket.js").SocketState} connection */
  connected(connection) {
    this.connection = connection
    // What failed on the old connection says nothing about the new one.
    if (connection === "joined" && this.measured?.phase === "failed") this.measured = null
    this.draw()
  }

  /** @param {string} id */
  asked(id) {
    const stopAt = this.readChoices().length
    this.measured = {
      id, stopAt, phase: "waiting", checkpoint: null, firstTextMs: null, tokensPerSecond: null, finishReason: null, code: null,
    }
    this.askedAt = performance.now()
    this.numTokens = 0
    this.note("")
    this.draw()
  }

  started(id, checkpoint, note) {
    if (!this.update(id, { checkpoint })) return
    this.note(note ?? "")
  }

  extended(id) {
    if (this.measured?.id !== id || this.measured.phase !== "waiting") return
    const firstTextMs = performance.now() - this.askedAt
    this.update(id, { phase: "writing", firstTextMs })
    this.onFirstText(firstTextMs)
  }

  finished({ request_id: id, finish_reason: finishReason, num_tokens: numTokens, elapsed_ms: elapsed }) {
    this.numTokens += numTokens
    const tokensPerSecond = elapsed > 0 ? (this.numTokens * 1000) / elapsed : null
    this.update(id, { phase: "finished", finishReason, tokensPerSecond })
  }

  failed(id, code) {
    this.update(id, { phase: "failed", code })
  }

  /** Nothing is going on any more; the last figures stay readable. */
  closed() {
    if (this.measured && this.measured.phase !== "failed") this.update(this.measured.id, { phase: "finished" })
  }

  /** @param {string} text why another checkpoint answered, or nothing */
  note(text) {
    this.part("note").textContent = text
  }

  /** @param {import("../vendor/codemirror.js").Text} doc */
  countSoon(doc) {
    clearTimeout(this.counting)
    this.counting = setTimeout(() => whenIdle(() => this.count(doc)), COUNT_AFTER_MS)
  }

  count(doc) {
    const number = countWordsIn(doc)
    this.part("words").textContent = `${number.toLocaleString("en")} ${number === 1 ? "word" : "words"}`
  }

  update(id, fields) {
    if (this.measured?.id !== id) return false
    Object.assign(this.measured, fields)
    this.draw()
    return true
  }

  draw() {
    const { state, text, details } = describeStatus(this.connection, this.measured)
    this.root.dataset.state = state
    this.part("text").textContent = text
    this.part("details").textContent = details.join(" · ")
  }
}

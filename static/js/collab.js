// Keeps the editor and the document on the server equal: local first, what others wrote as it comes.

import { EditorView, Text, Transaction } from "../vendor/codemirror.js"
import { Exchange } from "./exchange.js"
import { copiedFrom, isRemote, originOf, readOrigin, recorded, sourceOf } from "./origin.js"
import { insertions } from "./places.js"
import { piecesOf } from "./runs.js"
import { UpdateQueue } from "./update_queue.js"

/** One document in one tab. Told of the view after the first welcome; before it there is nothing to edit. */
export class Collab extends Exchange {
  /**
   * @param {import("./socket.js").Socket} socket
   * @param {string} sessionId
   * @param {(code: string, message: string) => void} onStopped the document can no longer be kept in step
   */
  constructor(socket, sessionId, onStopped) {
    super(socket, sessionId, onStopped)
    this.onCommitted = (update, revision) => {}
    this.onChange = (transaction) => {}
    /** @type {EditorView | null} */
    this.view = null
    this.extension = EditorView.updateListener.of((update) => this.viewUpdated(update))
  }

  /** @param {object} welcome the first one, with the whole text */
  start({ document: { revision, text } }) {
    this.queue = new UpdateQueue(this.sessionId, revision, text.length, Text.of(text.split("\n")))
  }

  viewUpdated(update) {
    let isEdited = false
    for (const transaction of update.transactions) {
      if (!transaction.docChanged) continue
      this.onChange(transaction)
      if (isRemote(transaction)) continue
      const copied = transaction.annotation(copiedFrom)?.parts ?? null
      this.queue.add(transaction.changes, readOrigin(transaction), transaction.annotation(sourceOf) ?? null, copied)
      isEdited = true
    }
    if (isEdited) this.push()
  }

  take(updates) {
    const transactions = []
    let { state } = this.view
    for (const update of updates) {
      const credit = this.creditOf(update)
      const changes = this.receive(update)
      if (this.hasStopped) break
      if (!changes && !credit) continue
      const transaction = state.update(changes ? remoteChange(changes, update) : { effects: recorded.of(credit) })
      transactions.push(transaction)
      state = transaction.state
    }
    if (transactions.length) this.view.update(transactions)
    if (this.hasStopped) return
    const before = this.queue.revision - updates.length
    updates.forEach((update, place) => this.onCommitted(update, before + place + 1))
  }

  /** Where the server recorded other sources for this page's own text than the page could know. */
  creditOf({ session_id: sessionId, author, origin, provenance, at }) {
    const [first] = this.queue.updates
    const isPlain = !provenance && !first?.copied && !first?.source
    if (sessionId !== this.sessionId || !first || isPlain) return null
    const source = { author, origin, provenance, at }
    const length = insertions(first.changes).reduce((sum, stretch) => sum + stretch.length, 0)
    const stretches = creditStretches(this.queue.standingOfFirst(), piecesOf(source, length))
    return { stretches, accepted: provenance?.copied ? null : { source, length } }
  }
}

/**
 * The transaction that brings somebody else's update into the editor.
 * @param {import("../vendor/codemirror.js").ChangeSet} changes over the local text
 * @param {{author: object, origin: string, provenance: object | null, at: string}} update
 */
export function remoteChange(changes, { author, origin, provenance, at }) {
  const source = sourceOf.of({ author, origin, provenance, at })
  const annotations = [Transaction.remote.of(true), Transaction.addToHistory.of(false), originOf.of(origin), source]
  return { changes, annotations, filter: false }
}

/**
 * @param {import("./places.js").Stretch[]} stretches of an update's text
 * @param {{length: number, source: object}[]} pieces that cover that text
 * @returns {{from: number, length: number, source: object}[]}
 */
export function creditStretches(stretches, pieces) {
  const credited = []
  let start = 0
  for (const { length, source } of pieces) {
    for (const stretch of stretches) {
      const first = Math.max(start, stretch.offset)
      const size = Math.min(start + length, stretch.offset + stretch.length) - first
      if (size > 0) credited.push({ from: stretch.from + first - stretch.offset, length: size, source })
    }
    start += length
  }
  return credited.sort((one, other) => one.from - other.from)
}

// Keeps the editor and the document on the server equal: local first, what others wrote as it comes.

import { EditorView, Text, Transaction } from "../vendor/codemirror.js"
import { Exchange } from "./exchange.js"
import { isRemote, originOf, readOrigin, sourceOf } from "./origin.js"
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
      if (!transaction.docChanged || isRemote(transaction)) continue
      this.queue.add(transaction.changes, readOrigin(transaction), transaction.annotation(sourceOf) ?? null)
      isEdited = true
    }
    if (isEdited) this.push()
  }

  take(updates) {
    const transactions = []
    let { state } = this.view
    for (const update of updates) {
      const changes = this.receive(update)
      if (this.hasStopped) break
      if (!changes) continue
      const transaction = state.update(remoteChange(changes, update))
      transactions.push(transaction)
      state = transaction.state
    }
    if (transactions.length) this.view.update(transactions)
    if (this.hasStopped) return
    const before = this.queue.revision - updates.length
    updates.forEach((update, place) => this.onCommitted(update, before + place + 1))
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

// Keeps the editor and the document on the server equal: local first, one edit in flight, each revision once.

import { ChangeSet, EditorView, Transaction } from "../vendor/codemirror.js"
import { isRemote, originOf, readOrigin, sourceOf } from "./origin.js"
import { OutOfStep, UpdateQueue } from "./update_queue.js"

// An edit that is not confirmed by then was sent into a connection that is dead and does not know it.
const CONFIRM_WITHIN_MS = 10000

/** One document in one tab. Told of the view after the first welcome; before it there is nothing to edit. */
export class Collab {
  /**
   * @param {import("./socket.js").Socket} socket
   * @param {string} sessionId
   * @param {(code: string, message: string) => void} onStopped the document can no longer be kept in step
   */
  constructor(socket, sessionId, onStopped) {
    this.socket = socket
    this.sessionId = sessionId
    this.onStopped = onStopped
    this.onProgress = () => {}
    this.onCommitted = (update, revision) => {}
    /** @type {UpdateQueue | null} */
    this.queue = null
    /** @type {EditorView | null} */
    this.view = null
    this.hasStopped = false
    this.watchdog = null
    socket.on("document_edited", (frame) => this.documentEdited(frame))
    socket.on("edit_refused", (frame) => this.stop(frame.code, frame.message))
    socket.on("error", (frame) => frame.code === "revision_unknown" && this.stop(frame.code, frame.message))
    this.extension = EditorView.updateListener.of((update) => this.viewUpdated(update))
  }

  /** @returns {object} the "join" frame of this moment */
  makeJoin() {
    return { type: "join", protocol: 1, revision: this.queue?.revision ?? null, session_id: this.sessionId }
  }

  /** @returns {number} how many updates only this page has */
  get numUnconfirmed() {
    return this.queue?.size ?? 0
  }

  /** @param {object} welcome the first one, with the whole text */
  start(welcome) {
    this.queue = new UpdateQueue(this.sessionId, welcome.document.revision, welcome.document.text.length)
  }

  /** Goes on after a break: what was in flight is sent again, and the server ignores what it has. */
  resume() {
    this.queue.connectionLost()
    this.push()
  }

  connectionLost() {
    clearTimeout(this.watchdog)
    this.queue?.connectionLost()
    this.onProgress()
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

  push() {
    if (!this.hasStopped && this.socket.isJoined) {
      const batch = this.queue.takeBatch()
      if (batch && this.socket.send(batch)) this.watch()
    }
    this.onProgress()
  }

  watch() {
    clearTimeout(this.watchdog)
    this.watchdog = setTimeout(() => this.socket.rejoin(), CONFIRM_WITHIN_MS)
  }

  documentEdited({ revision, updates }) {
    if (this.hasStopped || !this.queue) return
    const first = revision - updates.length + 1
    const { queue } = this
    if (first > queue.revision + 1) return this.socket.rejoin()
    // After a rejoin frames may overlap what is here already.
    this.apply(updates.slice(queue.revision + 1 - first))
    if (!queue.numInFlight) clearTimeout(this.watchdog)
    this.push()
  }

  apply(updates) {
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

  receive(update) {
    try {
      return this.queue.receive(update)
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error
      this.stop("out_of_step", error.message)
      return null
    }
  }

  stop(code, message) {
    if (this.hasStopped) return
    this.hasStopped = true
    clearTimeout(this.watchdog)
    this.onStopped(code, message)
  }
}

/**
 * The transaction that brings somebody else's update into the editor.
 * @param {ChangeSet} changes over the local text
 * @param {{author: object, origin: string, provenance: object | null, at: string}} update
 */
export function remoteChange(changes, { author, origin, provenance, at }) {
  const source = sourceOf.of({ author, origin, provenance, at })
  const annotations = [Transaction.remote.of(true), Transaction.addToHistory.of(false), originOf.of(origin), source]
  return { changes, annotations, filter: false }
}

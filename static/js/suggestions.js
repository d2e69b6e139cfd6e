// Asks for suggestions, keeps them while they fit what is typed, and puts the accepted one into the text.

import { EditorSelection, EditorView, isolateHistory } from "../vendor/codemirror.js"
import { insertionAt } from "./local_edit.js"
import { isRemote, originOf, sourceOf } from "./origin.js"
import { toParams } from "./params.js"
import { promptBefore } from "./prompt.js"
import * as suggesting from "./suggestion_state.js"
import { nextWord } from "./words.js"

// The server ends every request by its deadline; this much later the page no longer waits for it.
const LATE_AFTER_MS = 2000
const OFFLINE = "Not connected. Suggestions come back with the connection."

/**
 * @typedef {object} Asked What is remembered of a request, for the status line and for the provenance of its text.
 * @property {number} askedAt
 * @property {object} params
 * @property {string | null} checkpoint
 * @property {number | null} seed
 */

export class Suggestions {
  /**
   * @param {object} parts
   * @param {import("./socket.js").Socket} parts.socket
   * @param {() => import("./params.js").Choices} parts.readChoices
   * @param {import("./outcomes.js").Outcomes} parts.outcomes
   * @param {import("./status.js").Status} parts.status
   */
  constructor({ socket, readChoices, outcomes, status }) {
    Object.assign(this, { socket, readChoices, outcomes, status })
    /** @type {suggesting.Suggesting | null} */
    this.state = null
    /** @type {EditorView | null} */
    this.view = null
    this.author = { name: "", color: 0 }
    /** @type {((state: suggesting.Suggesting | null) => void)[]} */
    this.renderers = []
    /** @type {Map<string, Asked>} */
    this.requests = new Map()
    this.watchdogs = new Map()
    this.numAsked = 0
    this.onAccepted = (text) => {}
    this.extension = EditorView.updateListener.of((update) => this.viewUpdated(update))
    for (const type of ["started", "extended", "finished"]) {
      socket.on(`suggestion_${type}`, (frame) => this.isCurrent(frame) && this[type](frame))
    }
    socket.on("error", (frame) => this.isCurrent(frame) && this.failed(frame.request_id, frame.code, frame.message))
  }

  /**
   * Asks for suggestions at the caret; a selection collapses to its head.
   * @param {"menu" | "ghost"} mode
   * @param {boolean} fresh true: not those that were computed before
   */
  ask(mode, fresh = false) {
    this.close("dismissed")
    const { main } = this.view.state.selection
    if (!main.empty) this.view.dispatch({ selection: EditorSelection.cursor(main.head) })
    this.state = suggesting.open(mode, main.head)
    this.request(null, fresh)
  }

  /** Asks for more rows under those that are there. */
  askMore() {
    this.request(this.state.requests.at(-1).id, true)
  }

  request(addsTo, fresh) {
    const choices = this.readChoices()
    const id = `r${++this.numAsked}`
    const params = toParams(choices, this.state.rows.length)
    const prompt = promptBefore(this.view.state.doc, suggesting.caretOf(this.state))
    const { checkpoint } = choices
    this.requests.set(id, { askedAt: performance.now(), params, checkpoint, seed: params.seed })
    this.state = suggesting.asked(this.state, id, params.num_continuations)
    this.status.asked(id)
    const frame = { type: "suggest", request_id: id, prompt, checkpoint, params, adds_to: addsTo, fresh }
    if (!this.socket.send(frame)) return this.failed(id, "offline", OFFLINE)
    const late = () => this.failed(id, "late", "No answer came in time.")
    this.watchdogs.set(id, setTimeout(late, params.max_time_ms + LATE_AFTER_MS))
    this.render()
  }

  isCurrent({ request_id: id }) {
    return this.state !== null && id != null && suggesting.hasRequest(this.state, id)
  }

  started({ request_id: id, checkpoint, seed, note }) {
    Object.assign(this.requests.get(id), { checkpoint, seed })
    this.status.started(id, checkpoint, note)
  }

  extended({ request_id: id, index, text }) {
    this.status.extended(id)
    this.set(suggesting.extended(this.state, id, index, text))
  }

  finished(frame) {
    const { request_id: id, index, finish_reason: finishReason } = frame
    this.status.finished(frame)
    if (finishReason === "failed") return this.failed(id, "failed", "The checkpoint could not go on.")
    const next = suggesting.finished(this.state, id, index, finishReason)
    const isOver = next?.requests.every((request) => request.id !== id || request.status === "finished") ?? true
    if (isOver) this.stopWaiting(id)
    this.set(next)
  }

  failed(id, code, message) {
    this.stopWaiting(id)
    this.status.failed(id, code)
    if (!this.state) return
    const next = suggesting.failed(this.state, id, code, message)
    // Nobody asked for ghost text, so its failure is told in the status line only.
    this.set(this.state.mode === "ghost" && !next?.rows.length ? null : next)
  }

  /** Asks once more what failed. */
  retry() {
    this.ask("menu")
  }

  /** @param {1 | -1} step */
  choose(step) {
    this.set(suggesting.choose(this.state, step))
  }

  /** @param {suggesting.Row} row */
  accept(row) {
    const text = suggesting.remainder(this.state, row)
    if (!text) return
    const position = suggesting.caretOf(this.state)
    this.outcomes.tell(row, "accepted", text.length)
    this.close()
    this.insert(row, position, text)
    this.onAccepted(text)
  }

  /** Takes the next word of the row that shows; the rest stays where it fits. */
  acceptWord() {
    const row = suggesting.activeRow(this.state)
    const word = nextWord(suggesting.remainder(this.state, row))
    this.outcomes.tell(row, "partially_accepted", word.length)
    this.insert(row, suggesting.caretOf(this.state), word)
  }

  insert(row, position, insert) {
    const annotations = [isolateHistory.of("full"), originOf.of("suggestion"), sourceOf.of(this.sourceOf(row))]
    const selection = EditorSelection.cursor(position + insert.length)
    const changes = { from: position, insert }
    this.view.dispatch({ changes, selection, annotations, userEvent: "input.complete", scrollIntoView: true })
  }

  sourceOf({ requestId, index }) {
    const { checkpoint, params, seed } = this.requests.get(requestId)
    const provenance = { request_id: requestId, index, checkpoint, params, seed }
    return { author: this.author, origin: "suggestion", provenance, at: new Date().toISOString(), requestId, index }
  }

  /**
   * Ends what is going on and lets the server know.
   * @param {string | null} outcome for the row that showed
   */
  close(outcome = null) {
    if (!this.state) return
    const row = suggesting.activeRow(this.state)
    if (outcome && row) this.outcomes.tell(row, outcome, 0)
    const open = suggesting.openRequests(this.state)
    this.state = null
    for (const id of open) {
      this.stopWaiting(id)
      this.socket.send({ type: "cancel", request_id: id })
    }
    this.status.closed()
    this.render()
  }

  stopWaiting(id) {
    clearTimeout(this.watchdogs.get(id))
    this.watchdogs.delete(id)
  }

  viewUpdated(update) {
    for (const transaction of update.transactions) {
      if (this.state && transaction.docChanged) this.edited(transaction)
    }
    if (!this.state || !update.selectionSet) return
    const { main } = update.state.selection
    if (!main.empty || main.head !== suggesting.caretOf(this.state)) this.close("dismissed")
  }

  edited(transaction) {
    if (isRemote(transaction)) return this.set(suggesting.moved(this.state, transaction.changes))
    const inserted = insertionAt(transaction.changes, suggesting.caretOf(this.state))
    if (inserted === null) return this.close("dismissed")
    const row = suggesting.activeRow(this.state)
    const isTypedThrough = row?.isFinished && suggesting.remainder(this.state, row) === inserted
    if (isTypedThrough && !transaction.annotation(originOf)) this.outcomes.tell(row, "typed_through", inserted.length)
    this.set(suggesting.typedOn(this.state, inserted))
  }

  set(next) {
    if (!next) return this.close()
    this.state = next
    this.render()
  }

  render() {
    this.outcomes.shown(this.state)
    for (const render of this.renderers) render(this.state)
  }
}

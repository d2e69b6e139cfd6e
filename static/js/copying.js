// Text that is copied, moved or brought back within a document keeps what it came from: this tells the server where it
// stood. The clipboard has that beside the plain text, for the other tabs of the document; other pages see numbers.

import { EditorSelection, EditorState, EditorView } from "../vendor/codemirror.js"
import { runsOf } from "./attribution.js"
import { joinParts } from "./copied_parts.js"
import { copiedFrom, isRemote } from "./origin.js"
import { RemovedText } from "./removed_text.js"

const TYPE = "application/x-inkling-copy"
const SESSION_ID = /^[\w-]{8,48}$/

export class Copying {
  /**
   * @param {import("./collab.js").Collab} collab
   * @param {string} documentKey the same for all addresses of a document, and no way to it
   */
  constructor(collab, documentKey) {
    Object.assign(this, { collab, documentKey })
    this.removed = new RemovedText()
    /** What is on the clipboard, as far as this page put it there. */
    this.copied = null
    /** What the paste or drop that is going on brings. */
    this.arriving = null
    const handlers = { copy: (event, view) => this.copy(event, view), cut: (event, view) => this.cut(event, view) }
    const arrive = (data) => (this.arriving = data && this.read(data))
    const observers = {
      dragstart: (event, view) => event.dataTransfer && this.put(event.dataTransfer, view, view.state.selection.main),
      paste: (event) => arrive(event.clipboardData),
      drop: (event) => arrive(event.dataTransfer),
    }
    this.extension = [
      EditorView.domEventHandlers(handlers),
      EditorView.domEventObservers(observers),
      EditorState.transactionExtender.of((transaction) => this.credit(transaction)),
    ]
  }

  /**
   * Told of every change, in order, before it is queued.
   * @param {import("../vendor/codemirror.js").Transaction} transaction
   */
  follow(transaction) {
    if (isRemote(transaction)) return this.removed.follow(transaction.changes)
    const { startState, changes } = transaction
    const back = transaction.annotation(copiedFrom)?.removed
    if (back) this.removed.forget(back)
    const removals = []
    changes.iterChanges((fromA, toA) => {
      if (toA > fromA) removals.push({ from: fromA, text: startState.sliceDoc(fromA, toA), parts: this.partsOf(startState, fromA, toA) })
    }, true)
    this.removed.follow(changes, removals, transaction.isUserEvent("undo"))
  }

  /** @returns {import("./copied_parts.js").CopiedPart[]} of a range of the text, which has something in it */
  partsOf(state, from, to) {
    return joinParts(this.collab.queue.placesOf(from, to), runsOf(state).slice(from, to))
  }

  copy(event, view) {
    const { main } = view.state.selection
    if (main.empty || !event.clipboardData) return false
    event.clipboardData.clearData()
    event.clipboardData.setData("text/plain", view.state.sliceDoc(main.from, main.to))
    this.put(event.clipboardData, view, main)
    return true
  }

  cut(event, view) {
    if (!this.copy(event, view)) return false
    if (view.state.readOnly) return true
    const { from, to } = view.state.selection.main
    view.dispatch({ changes: { from, to }, selection: EditorSelection.cursor(from), userEvent: "delete.cut", scrollIntoView: true })
    return true
  }

  put(data, view, { from, to }) {
    if (from === to) return
    // What is typed from now on must not be mixed into what the copy names.
    this.collab.queue.seal()
    const parts = this.partsOf(view.state, from, to)
    const text = view.state.sliceDoc(from, to)
    const told = JSON.stringify({ document: this.documentKey, parts: parts.map(({ length, place }) => ({ length, place })) })
    this.copied = { text, told, parts }
    data.setData(TYPE, told)
  }

  read(data) {
    const told = data.getData(TYPE)
    if (!told) return null
    if (told === this.copied?.told) return this.copied
    const text = data.getData("text/plain")
    const { document, parts } = parse(told)
    if (document !== this.documentKey || !covers(parts, text.length)) return null
    return { text, parts: parts.map(({ length, place }) => ({ length, place, source: null })) }
  }

  credit(transaction) {
    if (transaction.isUserEvent("undo") || transaction.isUserEvent("redo")) return this.creditUndone(transaction)
    const isArriving = ["input.paste", "input.drop", "move.drop"].some((event) => transaction.isUserEvent(event))
    const { arriving } = this
    if (!isArriving || !arriving) return null
    this.arriving = null
    const isWhole = insertedText(transaction.changes) === arriving.text
    return isWhole ? { annotations: copiedFrom.of({ parts: arriving.parts }) } : null
  }

  creditUndone(transaction) {
    const isRedo = transaction.isUserEvent("redo")
    const parts = []
    const removed = []
    transaction.changes.iterChanges((fromA, toA, fromB, toB, inserted) => {
      if (toB === fromB) return
      const found = this.removed.find(fromA, toA, inserted.toString(), isRedo)
      if (found) removed.push(...found.pieces)
      parts.push(...(found?.parts ?? [{ length: toB - fromB, place: null, source: null }]))
    }, true)
    return removed.length ? { annotations: copiedFrom.of({ parts, removed }) } : null
  }
}

function insertedText(changes) {
  const texts = []
  changes.iterChanges((fromA, toA, fromB, toB, inserted) => texts.push(inserted.toString()), true)
  return texts.join("")
}

/** Any page may have put this on the clipboard, and what the server refuses would stop this one. */
function parse(told) {
  try {
    return JSON.parse(told) ?? {}
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return {}
  }
}

function covers(parts, length) {
  if (!Array.isArray(parts) || !parts.every((part) => part && isCount(part.length) && part.length && isPlace(part.place))) return false
  return parts.reduce((sum, part) => sum + part.length, 0) === length
}

function isPlace(place) {
  if (place === null) return true
  const { position, revision, number, session_id: sessionId, ...others } = place ?? {}
  const isNamed = revision === undefined ? isCount(number) && SESSION_ID.test(sessionId) : isCount(revision) && number === undefined
  return isNamed && isCount(position) && !Object.keys(others).length
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0
}

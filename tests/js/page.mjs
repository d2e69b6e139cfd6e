// A tab without a page: the editor's state with all that keeps track of who wrote what, and the queue to the server.

import assert from "node:assert/strict"
import { attribution, runsOf } from "../../static/js/attribution.js"
import { Collab } from "../../static/js/collab.js"
import { toClaim } from "../../static/js/copied_parts.js"
import { Copying } from "../../static/js/copying.js"
import { originOf, sourceOf } from "../../static/js/origin.js"
import { EditorState, history, historyKeymap } from "../../static/vendor/codemirror.js"

export const ADA = { name: "Ada", color: 1 }
export const BOB = { name: "Bob", color: 2 }
export const AT = "2026-11-21T14:02:00"
export const TYPED = { author: BOB, origin: "typed", provenance: null, at: AT }
export const MACHINE = { author: BOB, origin: "suggestion", provenance: { request_id: "r1", checkpoint: "gpt2" }, at: AT }
export const SOURCES = { sources: [TYPED, MACHINE], runs: [[5, 0], [6, 1], [1, 0]] }

/** A tab of Ada's on "Hello world!", of which a machine wrote " world"; nothing of it needs a page. */
export class Page {
  constructor(text = "Hello world!", sources = SOURCES, { sessionId = "session-of-ada", author = ADA, revision = 7 } = {}) {
    this.collab = new Collab({ on() {}, send: () => true, isJoined: false }, sessionId)
    this.copying = new Copying(this.collab, "this document")
    this.collab.onChange = (transaction) => this.copying.follow(transaction)
    this.collab.start({ document: { revision, text } })
    const extensions = [history(), attribution(sources, () => author), this.copying.extension]
    this.state = EditorState.create({ doc: text, extensions })
    this.view = { dispatch: (transactions) => this.update(transactions), update: (transactions) => this.update(transactions) }
    Object.defineProperty(this.view, "state", { get: () => this.state })
    this.collab.view = this.view
  }

  update(transactions) {
    transactions = [transactions].flat()
    this.state = transactions.at(-1).state
    this.collab.viewUpdated({ transactions })
  }

  edit(from, to, insert, userEvent = "input.type", annotations = []) {
    this.update(this.state.update({ changes: { from, to, insert }, userEvent, annotations }))
  }

  accept(at, insert) {
    const source = { ...MACHINE, author: ADA, requestId: "r2", index: 0 }
    this.edit(at, at, insert, "input.complete", [originOf.of("suggestion"), sourceOf.of(source)])
  }

  press(key) {
    historyKeymap.find((binding) => binding.key === key).run({ state: this.state, dispatch: (transaction) => this.update(transaction) })
  }

  /** Somebody else's edit, as it comes from the server. */
  hear(changes, provenance = null, origin = "typed") {
    const update = { session_id: "another", number: 0, author: BOB, changes, origin, provenance, at: AT }
    this.collab.documentEdited({ revision: this.collab.queue.revision + 1, updates: [update] })
  }

  /** The server's answer to the oldest update that waits. */
  confirm(provenance = null) {
    const { queue } = this.collab
    const { changes, origin } = queue.updates[0]
    const number = queue.firstNumber
    const update = { session_id: "session-of-ada", number, author: ADA, changes: changes.toJSON(), origin, provenance, at: AT }
    this.collab.documentEdited({ revision: queue.revision + 1, updates: [update] })
  }

  get stretches() {
    const text = this.state.doc.toString()
    return runsOf(this.state).between(0, text.length).map(({ from, to, source }) => [text.slice(from, to), source.origin, source.author.name])
  }

  get claims() {
    return this.collab.queue.updates.map(({ copied }) => copied && toClaim(copied))
  }
}

/** A clipboard or what is dragged. */
export class Data extends Map {
  setData(type, text) {
    this.set(type, text)
  }

  getData(type) {
    return this.get(type) ?? ""
  }

  clearData() {
    this.clear()
  }
}

export function copy(page, from, to) {
  const clipboardData = new Data()
  page.update(page.state.update({ selection: { anchor: from, head: to } }))
  assert.equal(page.copying.copy({ clipboardData }, page.view), true)
  return clipboardData
}

export function paste(page, at, data) {
  page.copying.arriving = page.copying.read(data)
  page.edit(at, at, data.getData("text/plain"), "input.paste")
}


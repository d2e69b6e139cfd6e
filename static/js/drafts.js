// Keeps the text in this browser when it cannot reach the server, and offers it on the next visit.

import { forgetDraft, keepDraft, readDraft } from "./draft_store.js"
import { originOf } from "./origin.js"
import { setEditable } from "./writing.js"

export class Drafts {
  /**
   * @param {import("./notices.js").Notices} notices
   * @param {string} path of the document's page
   */
  constructor(notices, path) {
    Object.assign(this, { notices, path })
  }

  /** @returns {boolean} whether the browser had room for it */
  keep(view) {
    return keepDraft(localStorage, this.path, view.state.doc.toString())
  }

  /** The document cannot be kept in step any longer: nothing more is typed into a page that does not save. */
  stopped(view, code, message) {
    setEditable(view, false)
    const kept = this.keep(view) ? "Your text is kept in this browser." : "Copy your text before you reload."
    const copy = { label: "Copy my text", act: () => navigator.clipboard?.writeText(view.state.doc.toString()) }
    this.notices.show(`This page fell out of step with the server (${message || code}). ${kept}`, [
      { label: "Reload", act: () => location.reload() }, copy,
    ])
  }

  /** @param {import("../vendor/codemirror.js").EditorView} view with the text as the server has it */
  offer(view) {
    const draft = readDraft(localStorage, this.path, view.state.doc.toString())
    if (!draft) return
    const at = new Date(draft.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })
    this.notices.show(`A copy of this text from ${at} was kept here, with changes that were not saved.`, [
      { label: "Put it at the end", act: () => this.append(view, draft.text) },
      { label: "Replace the text", act: () => this.replace(view, draft.text) },
      { label: "Forget it", act: () => forgetDraft(localStorage, this.path) },
    ])
  }

  append(view, text) {
    const from = view.state.doc.length
    this.restore(view, { from, insert: `${from ? "\n\n" : ""}${text}` })
  }

  replace(view, text) {
    this.restore(view, { from: 0, to: view.state.doc.length, insert: text })
  }

  restore(view, changes) {
    view.dispatch({ changes, annotations: originOf.of("restored"), userEvent: "input", scrollIntoView: true })
    forgetDraft(localStorage, this.path)
  }
}

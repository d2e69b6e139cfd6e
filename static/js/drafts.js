// Words that could not be saved as an edit: kept in this browser, and offered on the next visit.

import { describeTime } from "./kept_words.js"
import { legacyText } from "./legacy_text.js"
import { originOf } from "./origin.js"
import { setEditable } from "./writing.js"

export class Drafts {
  /**
   * @param {import("./notices.js").Notices} notices
   * @param {{sessionId: string, path: string}} tab
   * @param {Promise<import("./kept_store.js").KeptStore>} opening
   */
  constructor(notices, tab, opening) {
    Object.assign(this, { notices, tab, opening })
    this.shown = new Set()
  }

  /** The document cannot be kept in step any longer: nothing more is typed into a page that does not save. */
  async stopped(view, code, message) {
    setEditable(view, false)
    const text = view.state.doc.toString()
    const isKept = await this.keep({ text, is_whole: true, at: new Date().toISOString() }, this.tab.sessionId)
    const kept = isKept ? "Your text is kept in this browser." : "Copy your text before you reload."
    this.notices.show(`This page fell out of step with the server (${message || code}). ${kept}`, [
      { label: "Reload", act: () => location.reload() }, copying(view),
    ])
  }

  /** What a tab left cannot be brought into the text. */
  async refused(view, { session, updates, text }) {
    await this.keep({ ...legacyText(updates, text), at: session.at }, session.session_id)
    await this.offer(view)
  }

  /** @returns {Promise<boolean>} whether the browser had room for it */
  async keep(draft, sessionId) {
    try {
      const store = await this.opening
      await store.keepDraft({ ...draft, path: this.tab.path }, sessionId)
      return true
    } catch (error) {
      console.info("nothing can be kept in this browser:", error)
      return false
    }
  }

  /** @param {import("../vendor/codemirror.js").EditorView} view with the text as the server has it */
  async offer(view) {
    const store = await this.opening
    for (const draft of await store.draftsOf(this.tab.path)) {
      if (!draft.text.trim() || draft.text === view.state.doc.toString()) await store.forgetDraft(draft.id)
      else this.show(view, draft)
    }
  }

  show(view, draft) {
    if (this.shown.has(draft.id)) return
    this.shown.add(draft.id)
    const what = draft.is_whole ? "A copy of this text with changes" : "Changes"
    const put = { label: "Put it at the end", act: () => this.append(view, draft) }
    const replace = { label: "Replace the text", act: () => this.replace(view, draft) }
    const forget = { label: "Forget it", act: () => this.forget(draft) }
    this.notices.show(
      `${what} from ${describeTime(draft.at)} could not be saved and is kept in this browser.`,
      draft.is_whole ? [put, replace, forget] : [put, forget],
    )
  }

  append(view, draft) {
    const from = view.state.doc.length
    this.restore(view, draft, { from, insert: `${from ? "\n\n" : ""}${draft.text}` })
  }

  replace(view, draft) {
    this.restore(view, draft, { from: 0, to: view.state.doc.length, insert: draft.text })
  }

  restore(view, draft, changes) {
    view.dispatch({ changes, annotations: originOf.of("restored"), userEvent: "input", scrollIntoView: true })
    this.forget(draft)
  }

  async forget({ id }) {
    const store = await this.opening
    await store.forgetDraft(id)
  }
}

/** @returns {import("./notices.js").Action} that takes the text along where nothing can be kept */
export function copying(view) {
  return { label: "Copy my text", act: () => navigator.clipboard?.writeText(view.state.doc.toString()) }
}

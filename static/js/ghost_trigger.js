// Decides when a pause in typing is a good moment for ghost text.

import { EditorView } from "../vendor/codemirror.js"
import { deletes } from "./local_edit.js"
import { Pause } from "./pause.js"

const MIN_PROMPT_LENGTH = 3

export class GhostTrigger {
  /**
   * @param {import("./suggestions.js").Suggestions} suggestions
   * @param {() => boolean} isOn
   */
  constructor(suggestions, isOn) {
    Object.assign(this, { suggestions, isOn })
    this.pause = new Pause()
    this.timer = null
    const compositionstart = () => {
      this.stop()
      if (suggestions.state?.mode === "ghost") suggestions.close()
    }
    const blur = compositionstart
    this.extension = [
      EditorView.updateListener.of((update) => this.viewUpdated(update)),
      EditorView.domEventHandlers({ compositionstart, blur }),
    ]
  }

  viewUpdated(update) {
    if (!update.docChanged && !update.selectionSet) return
    const isTyped = update.transactions.some(isTyping)
    const isSomethingElse = update.transactions.some((transaction) => !isTyping(transaction) && !isBackground(transaction))
    if (isTyped || isSomethingElse) this.stop()
    if (isTyped && this.isOn() && !this.suggestions.state) this.start(update.view)
  }

  start(view) {
    this.timer = setTimeout(() => {
      if (mayShow(view) && this.isOn() && !this.suggestions.state) this.suggestions.ask("ghost")
    }, this.pause.milliseconds)
  }

  stop() {
    clearTimeout(this.timer)
  }
}

function isTyping(transaction) {
  const isInput = transaction.isUserEvent("input.type") || transaction.isUserEvent("input.complete")
  return transaction.docChanged && isInput && !deletes(transaction.changes)
}

function isBackground(transaction) {
  return !transaction.isUserEvent("select") && !transaction.isUserEvent("input") && !transaction.isUserEvent("delete") &&
    !transaction.isUserEvent("undo") && !transaction.isUserEvent("redo")
}

function mayShow(view) {
  const { doc, selection, readOnly } = view.state
  const { head, empty } = selection.main
  if (readOnly || !empty || view.composing || view.compositionStarted) return false
  if (!view.hasFocus || document.visibilityState === "hidden") return false
  // Within a word there is nothing to suggest that the rest of the word would follow.
  if (/^[\p{L}\p{N}]/u.test(doc.sliceString(head, head + 2))) return false
  return doc.sliceString(0, head).trim().length >= MIN_PROMPT_LENGTH
}

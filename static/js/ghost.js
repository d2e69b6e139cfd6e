// Ghost text: the suggestion in grey behind the caret. It is drawn, never in the document.

import { Decoration, EditorView, StateEffect, StateField, WidgetType } from "../vendor/codemirror.js"
import { activeRow, caretOf, remainder } from "./suggestion_state.js"

const ghostSet = StateEffect.define()

class GhostText extends WidgetType {
  constructor(text) {
    super()
    this.text = text
  }

  eq(other) {
    return other.text === this.text
  }

  toDOM() {
    const dom = document.createElement("span")
    dom.className = "ghost-text"
    dom.setAttribute("aria-hidden", "true")
    dom.textContent = this.text
    return dom
  }

  updateDOM(dom) {
    dom.textContent = this.text
    return true
  }

  get lineBreaks() {
    return this.text.split("\n").length - 1
  }

  ignoreEvent() {
    return false
  }
}

const field = StateField.define({
  create: () => Decoration.none,
  update: (shown, transaction) => {
    const effect = transaction.effects.find((candidate) => candidate.is(ghostSet))
    return effect ? draw(effect.value) : shown.map(transaction.changes)
  },
  provide: (own) => EditorView.decorations.from(own),
})

function draw(ghost) {
  if (!ghost) return Decoration.none
  // Side 1: behind the caret, and no composition is torn apart.
  return Decoration.set(Decoration.widget({ widget: new GhostText(ghost.text), side: 1 }).range(ghost.position))
}

export class Ghost {
  /** @param {(text: string) => void} onTap what a tap on the grey text does */
  constructor(onTap) {
    this.appearedAt = 0
    this.shown = null
    const click = (event) => event.target.classList?.contains("ghost-text") && (onTap(), true)
    this.extension = [field, EditorView.domEventHandlers({ click })]
  }

  /**
   * @param {EditorView} view
   * @param {import("./suggestion_state.js").Suggesting | null} state
   */
  render(view, state) {
    const row = state?.mode === "ghost" ? activeRow(state) : null
    const text = row ? remainder(state, row) : ""
    if (!text && !this.shown) return
    if (!this.shown) this.appearedAt = performance.now()
    this.shown = text
    view.dispatch({ effects: ghostSet.of(text ? { position: caretOf(state), text } : null) })
  }
}

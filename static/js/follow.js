// Following somebody: the view goes along with their caret until one writes, scrolls or presses Escape oneself.

import { EditorView } from "../vendor/codemirror.js"
import { isRemote } from "./origin.js"
import { remoteCarets } from "./presence.js"

// The followed caret stays this far from the upper and lower edge, in parts of the height.
const MARGIN = 0.25
const OWN_SCROLLING = ["wheel", "touchmove", "pointerdown"]
const MODIFIERS = new Set(["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock"])

export class Follow {
  /**
   * @param {HTMLElement} line as in editor.html
   * @param {HTMLElement} desk where one's own scrolling would happen
   * @param {import("./people.js").People} people
   */
  constructor(line, desk, people) {
    Object.assign(this, { line, desk, people })
    this.sessionId = null
    /** @type {EditorView | null} */
    this.view = null
    this.extension = EditorView.updateListener.of((update) => isOwnEdit(update) && this.stop())
    for (const kind of OWN_SCROLLING) desk.addEventListener(kind, () => this.stop(), { passive: true })
    desk.addEventListener("keydown", ({ key }) => MODIFIERS.has(key) || this.stop())
    line.querySelector("button").addEventListener("click", () => this.stop())
    // Before the editor takes the key for its own.
    document.addEventListener("keydown", (event) => this.escape(event), { capture: true })
  }

  /** @param {string} sessionId followed already, it is let go */
  toggle(sessionId) {
    if (this.sessionId === sessionId) return this.stop()
    this.sessionId = sessionId
    this.people.showFollowed(sessionId)
    this.draw()
    this.look()
  }

  stop() {
    if (!this.sessionId) return
    this.sessionId = null
    this.people.showFollowed(null)
    this.draw()
  }

  /** Something about the people changed. */
  peopleChanged() {
    if (!this.sessionId) return
    if (this.people.participants.get(this.sessionId)?.can_edit) this.draw()
    else this.stop()
  }

  /** Brings the followed caret into sight, without a movement of its own: it is what moves. */
  look() {
    const caret = this.sessionId && this.view && remoteCarets(this.view.state).get(this.sessionId)
    if (!caret || caret.head === this.seen) return
    this.seen = caret.head
    const { from, to } = this.view.viewport
    const isNear = caret.head >= from && caret.head <= to
    const yMargin = isNear ? this.view.scrollDOM.clientHeight * MARGIN : 0
    this.view.dispatch({ effects: EditorView.scrollIntoView(caret.head, { y: isNear ? "nearest" : "center", yMargin }) })
  }

  draw() {
    const person = this.people.participants.get(this.sessionId)
    this.seen = null
    this.desk.classList.toggle("is-following", Boolean(person))
    this.line.querySelector("p").textContent = person ? `Following ${person.name}. Esc stops` : ""
    this.line.querySelector("button").hidden = !person
    if (person) this.desk.style.setProperty("--person", `var(--person-${person.color})`)
  }

  escape(event) {
    if (event.key !== "Escape" || !this.sessionId || document.querySelector("dialog[open]")) return
    event.preventDefault()
    event.stopPropagation()
    this.stop()
  }
}

function isOwnEdit(update) {
  return update.transactions.some((transaction) => transaction.docChanged && !isRemote(transaction))
}

// Puts an opening line into a page that is still empty; again for another one.

import { originOf } from "./origin.js"
import { drawOpening } from "./openings.js"

export class Shuffle {
  /** @param {HTMLElement[]} buttons */
  constructor(buttons) {
    this.buttons = buttons
    this.opening = ""
    this.view = null
    for (const button of buttons) button.addEventListener("click", () => this.shuffle())
  }

  shuffle() {
    if (!this.isOffered()) return
    const { doc } = this.view.state
    const insert = drawOpening(Math.random, this.opening)
    const changes = { from: 0, to: doc.length, insert }
    this.opening = insert
    this.view.dispatch({ changes, selection: { anchor: insert.length }, annotations: originOf.of("pasted"), userEvent: "input" })
    this.view.focus()
  }

  /** @returns {boolean} whether there is nothing that an opening would overwrite */
  isOffered() {
    if (!this.view || this.view.state.readOnly) return false
    const { doc } = this.view.state
    return doc.length === 0 || (this.opening !== "" && doc.length === this.opening.length && doc.toString() === this.opening)
  }

  draw() {
    const isOffered = this.isOffered()
    for (const button of this.buttons) button.disabled = !isOffered
  }
}

// The title, edited where it stands. Until somebody names the document, its first line does.

import { cleanText } from "./text_filter.js"
import { UNTITLED, titleFromText } from "./title_text.js"

const MAX_LENGTH = 200

export class Title {
  /**
   * @param {HTMLInputElement} input
   * @param {string} title
   * @param {(title: string) => boolean} rename sends it
   */
  constructor(input, title, rename) {
    Object.assign(this, { input, rename })
    this.beginning = ""
    this.firstLine = UNTITLED
    this.set(title)
    input.maxLength = MAX_LENGTH
    input.addEventListener("focus", () => (input.value = this.title))
    input.addEventListener("blur", () => this.commit())
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") input.value = this.title
      if (event.key === "Enter" || event.key === "Escape") input.blur()
    })
  }

  /** @param {string} title */
  set(title) {
    this.title = title
    this.draw()
  }

  /** @param {string} beginning of the document */
  follow(beginning) {
    if (beginning === this.beginning) return
    this.beginning = beginning
    const firstLine = titleFromText(beginning)
    if (firstLine === this.firstLine) return
    this.firstLine = firstLine
    this.draw()
  }

  /** @param {boolean} canEdit */
  setEditable(canEdit) {
    this.input.readOnly = !canEdit
  }

  commit() {
    const title = cleanText(this.input.value).replace(/\s+/g, " ").trim()
    if (title !== this.title && !this.input.readOnly && this.rename(title)) this.title = title
    this.draw()
  }

  draw() {
    const shown = this.title || this.firstLine
    // While an empty name is edited, this is what it will be called.
    this.input.placeholder = this.firstLine
    if (document.activeElement !== this.input) this.input.value = shown
    document.title = `${shown} · Inkling`
  }
}

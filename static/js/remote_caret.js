// The mark that stands for one person's caret, with the name above it.

import { EditorSelection, RectangleMarker } from "../vendor/codemirror.js"

export class RemoteCaretMarker {
  /**
   * @param {import("../vendor/codemirror.js").EditorView} view
   * @param {import("./presence.js").RemoteCaret} caret
   * @returns {RemoteCaretMarker[]} none where the caret is out of sight
   */
  static at(view, { name, color, head }) {
    const [place] = RectangleMarker.forRange(view, "", EditorSelection.cursor(head))
    return place ? [new RemoteCaretMarker(name, color, place.left, place.top, place.height)] : []
  }

  constructor(name, color, left, top, height) {
    Object.assign(this, { name, color, left, top, height })
  }

  eq(other) {
    return this.name === other.name && this.color === other.color && this.left === other.left &&
      this.top === other.top && this.height === other.height
  }

  draw() {
    const dom = document.createElement("div")
    const label = document.createElement("span")
    label.className = "remote-caret-name"
    dom.append(label)
    this.write(dom)
    return dom
  }

  update(dom, previous) {
    this.write(dom)
    if (previous.left !== this.left || previous.top !== this.top) showName(dom)
    return true
  }

  write(dom) {
    for (const name of [...dom.classList]) if (name.startsWith("person-")) dom.classList.remove(name)
    dom.classList.add("remote-caret", `person-${this.color}`)
    // Near the top edge the name goes below the line, where it can be seen.
    dom.classList.toggle("is-low", this.top < 24)
    dom.firstChild.textContent = this.name
    dom.style.left = `${this.left}px`
    dom.style.top = `${this.top}px`
    dom.style.height = `${this.height}px`
  }
}

/** Begins the fading of the name anew; an animation starts again only under another name. */
function showName(dom) {
  dom.classList.toggle("has-moved")
}

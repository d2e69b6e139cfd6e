// The mark that stands for one person's caret, with the name above it.

import { EditorSelection, RectangleMarker } from "../vendor/codemirror.js"

const LABEL_HEIGHT = 20
const FIELDS = ["name", "color", "isWaiting", "isLow", "left", "top", "height"]

export class RemoteCaretMarker {
  /**
   * @param {import("../vendor/codemirror.js").EditorView} view
   * @param {import("./presence.js").RemoteCaret} caret
   * @returns {RemoteCaretMarker[]} none where the caret is out of sight
   */
  static at(view, { name, color, isWaiting, head }) {
    const { from, to } = view.viewport
    if (head < from || head > to) return []
    const [place] = RectangleMarker.forRange(view, "", EditorSelection.cursor(head))
    if (!place) return []
    const { left, top, height } = place
    // Near the upper edge the name goes below the line, where it can be seen.
    const isLow = top - view.scrollDOM.scrollTop < LABEL_HEIGHT
    return [new RemoteCaretMarker({ name, color, isWaiting, isLow, left, top, height })]
  }

  constructor(fields) {
    Object.assign(this, fields)
  }

  eq(other) {
    return FIELDS.every((field) => this[field] === other[field])
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
    const hasMoved = dom.classList.contains("has-moved")
    const states = { "is-low": this.isLow, "is-waiting": this.isWaiting, "has-moved": hasMoved }
    const shown = Object.keys(states).filter((state) => states[state])
    dom.className = ["remote-caret", `person-${this.color}`, ...shown].join(" ")
    dom.firstChild.textContent = this.name
    // A transform moves it without a layout of the page.
    dom.style.transform = `translate(${this.left}px, ${this.top}px)`
    dom.style.height = `${this.height}px`
  }
}

/** Begins the fading of the name anew; an animation starts again only under another name. */
function showName(dom) {
  dom.classList.toggle("has-moved")
}

// The mark that stands for one person's caret, with the name above it.

import { EditorSelection, RectangleMarker } from "../vendor/codemirror.js"

const LABEL_HEIGHT = 20
const NAME_SHOWN_MS = 3000
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
    showName(dom)
    return dom
  }

  update(dom, previous) {
    this.write(dom, previous)
    if (previous.left !== this.left || previous.top !== this.top) showName(dom)
    return true
  }

  /** Each thing only where it is another than before: twenty of these move at once. */
  write(dom, previous = {}) {
    if (previous.color !== this.color) {
      dom.classList.remove(`person-${previous.color}`)
      dom.classList.add("remote-caret", `person-${this.color}`)
    }
    dom.classList.toggle("is-low", this.isLow)
    dom.classList.toggle("is-waiting", this.isWaiting)
    if (previous.name !== this.name) dom.firstChild.textContent = this.name
    // A transform moves it without a layout of the page.
    dom.style.transform = `translate(${this.left}px, ${this.top}px)`
    if (previous.height !== this.height) dom.style.height = `${this.height}px`
  }
}

// When names make way for the text under them, by the element of their caret.
const shownUntil = new WeakMap()

/** Shows the name for a while; a caret that keeps moving costs no more than the time to be written down. */
function showName(dom) {
  const isShown = shownUntil.has(dom)
  shownUntil.set(dom, performance.now() + NAME_SHOWN_MS)
  if (isShown) return
  dom.classList.add("is-named")
  hideNameLater(dom, NAME_SHOWN_MS)
}

function hideNameLater(dom, milliseconds) {
  setTimeout(() => {
    const left = shownUntil.get(dom) - performance.now()
    if (left > 0 && dom.isConnected) return hideNameLater(dom, left)
    shownUntil.delete(dom)
    dom.classList.remove("is-named")
  }, milliseconds)
}

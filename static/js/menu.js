// The menu of suggestions at the caret.

import { MenuRows, leadOf } from "./menu_rows.js"
import { placeMenu } from "./menu_place.js"
import { caretOf } from "./suggestion_state.js"

const WAITING_FOR_CHOICE = [["↑↓", "choose"], ["Tab", "more"], ["Enter", "take the first"], ["Esc", "close"]]
const NOTHING_THERE = [["Tab", "try again"], ["Esc", "close"]]
const CHOSEN = [["Tab", "take it"], ["Ctrl →", "next word"], ["Esc", "close"]]
const OFFER = ["Alt O", "offer"]

export class Menu {
  /**
   * @param {HTMLElement} root as in _menu.html
   * @param {import("./suggestions.js").Suggestions} suggestions
   * @param {import("./offers.js").Offers} offers
   */
  constructor(root, suggestions, offers) {
    this.root = root
    this.suggestions = suggestions
    this.offers = offers
    this.rows = new MenuRows(root.querySelector("[role=listbox]"), (row) => suggestions.accept(row))
    this.problem = root.querySelector(".menu-problem")
    this.keys = root.querySelector(".menu-keys")
    this.side = null
    // The caret stays in the text, and a phone's keyboard stays where it is.
    root.addEventListener("pointerdown", (event) => event.preventDefault())
    this.onClick(".menu-more", () => suggestions.askMore())
    this.onClick(".menu-offer", () => offers.offer(this.state))
    this.onClick(".menu-again", () => suggestions.ask("menu", true))
    this.onClick(".menu-retry", () => suggestions.retry())
    for (const event of ["resize", "scroll"]) addEventListener(event, () => this.place(), { capture: true, passive: true })
  }

  onClick(selector, act) {
    this.root.querySelector(selector).addEventListener("click", act)
  }

  /** @param {import("./suggestion_state.js").Suggesting | null} state */
  render(state) {
    this.state = state?.mode === "menu" ? state : null
    if (!this.state) return this.hide()
    const { doc } = this.suggestions.view.state
    const caret = caretOf(state)
    this.rows.render(state, leadOf(doc, caret))
    this.renderProblem(state)
    this.renderKeys(keysOf(state, this.offers.hasCompany))
    // Alone there is nobody to offer it to.
    this.root.querySelector(".menu-offer").hidden = !this.offers.hasCompany || state.chosen === null
    this.describeToReaders(state)
    this.root.hidden = false
    this.place()
  }

  hide() {
    if (this.root.hidden) return
    this.root.hidden = true
    this.side = null
    this.rows.clear()
    this.describeToReaders(null)
  }

  renderProblem({ requests, rows }) {
    const last = requests.at(-1)
    const hasFailed = last.status === "failed"
    this.problem.hidden = !hasFailed
    if (hasFailed) this.problem.firstElementChild.textContent = last.message
    this.root.classList.toggle("has-no-rows", !rows.length)
  }

  renderKeys(pairs) {
    const shown = pairs.map(([key]) => key).join()
    if (this.keys.dataset.shown === shown) return
    this.keys.dataset.shown = shown
    this.keys.replaceChildren(...pairs.map(drawKey))
  }

  describeToReaders(state) {
    const { contentDOM } = this.suggestions.view
    const chosen = state && state.chosen !== null ? this.rows.list.children[state.chosen] : null
    // Named only once the writer has moved to a row: before, it would silence the echo of typing.
    if (chosen) contentDOM.setAttribute("aria-activedescendant", chosen.id)
    else contentDOM.removeAttribute("aria-activedescendant")
    if (state) contentDOM.setAttribute("aria-controls", this.rows.list.id)
    else contentDOM.removeAttribute("aria-controls")
  }

  place() {
    const { state, root } = this
    if (!state) return
    const { view } = this.suggestions
    view.requestMeasure({
      key: this,
      read: () => this.measure(view),
      write: (place) => place && this.state && this.move(place),
    })
  }

  measure(view) {
    // The menu may have closed between asking for the measure and taking it.
    if (!this.state) return null
    const caret = view.coordsAtPos(Math.min(caretOf(this.state), view.state.doc.length))
    if (!caret) return null
    const room = view.scrollDOM.getBoundingClientRect()
    const size = { width: this.root.offsetWidth, height: this.naturalHeight() }
    return placeMenu(caret, size, room, this.side)
  }

  naturalHeight() {
    const { list } = this.rows
    return this.root.offsetHeight - list.clientHeight + list.scrollHeight
  }

  move({ left, top, bottom, maxHeight, side }) {
    this.side = side
    const { style } = this.root
    style.left = `${left}px`
    style.top = top === null ? "auto" : `${top}px`
    style.bottom = bottom === null ? "auto" : `${document.documentElement.clientHeight - bottom}px`
    style.maxHeight = `${maxHeight}px`
  }
}

function keysOf({ rows, chosen }, hasCompany) {
  if (!rows.length) return NOTHING_THERE
  if (chosen === null) return WAITING_FOR_CHOICE
  return hasCompany ? [...CHOSEN.slice(0, 2), OFFER, ...CHOSEN.slice(2)] : CHOSEN
}

function drawKey([key, meaning]) {
  const item = document.createElement("span")
  const cap = document.createElement("kbd")
  cap.textContent = key
  item.append(cap, ` ${meaning}`)
  return item
}

// Suggestions for fingers: a bar above the keyboard, since phones have no Tab.

import { EditorView } from "../vendor/codemirror.js"
import { leadOf } from "./menu_rows.js"
import { caretOf, remainder } from "./suggestion_state.js"

const TOUCH = "(pointer: coarse)"

/** @returns {boolean} */
export function isTouch() {
  return matchMedia(TOUCH).matches
}

export class Chips {
  /**
   * @param {HTMLElement} root as in _chips.html
   * @param {import("./suggestions.js").Suggestions} suggestions
   * @param {import("./offers.js").Offers} offers
   */
  constructor(root, suggestions, offers) {
    this.root = root
    this.suggestions = suggestions
    this.offers = offers
    this.rows = root.querySelector(".chip-rows")
    // The keyboard stays: a chip never takes the focus from the text.
    root.addEventListener("pointerdown", (event) => event.preventDefault())
    this.onClick(".chip-ask", () => this.ask())
    this.onClick(".chip-word", () => this.suggestions.acceptWord())
    this.onClick(".chip-close", () => this.suggestions.close("dismissed"))
    this.follow(globalThis.visualViewport)
    // The caret is scrolled to where the bar does not hide it.
    this.extension = EditorView.scrollMargins.of(() => (isTouch() ? { bottom: root.offsetHeight } : null))
  }

  onClick(selector, act) {
    this.root.querySelector(selector).addEventListener("click", act)
  }

  ask() {
    const { state, view } = this.suggestions
    if (!view.hasFocus) view.focus()
    if (state?.mode === "menu" && state.rows.length) this.suggestions.askMore()
    else this.suggestions.ask("menu")
  }

  /** @param {import("./suggestion_state.js").Suggesting | null} state */
  render(state) {
    const rows = state?.rows ?? []
    const failure = state?.requests.at(-1).message
    const hasOpened = Boolean(state) && !this.root.classList.contains("is-open")
    this.root.classList.toggle("is-open", Boolean(state))
    this.rows.replaceChildren(...rows.map((row) => this.draw(state, row)))
    if (failure && !rows.length) this.rows.textContent = failure
    const hasText = rows.some((row) => remainder(state, row))
    this.root.querySelector(".chip-word").hidden = !hasText
    this.root.querySelector(".chip-close").hidden = !state
    this.root.querySelector(".chip-ask").textContent = rows.length ? "More" : "Suggest"
    if (hasOpened) this.showCaret()
  }

  showCaret() {
    const { view } = this.suggestions
    view.dispatch({ effects: EditorView.scrollIntoView(view.state.selection.main.head) })
  }

  draw(state, row) {
    const chip = document.createElement("button")
    chip.type = "button"
    chip.className = "chip"
    const text = remainder(state, row)
    chip.classList.toggle("is-waiting", !text)
    const lead = document.createElement("span")
    lead.className = "menu-lead"
    lead.setAttribute("aria-hidden", "true")
    lead.textContent = text && !/^\s/u.test(text) ? leadOf(this.suggestions.view.state.doc, caretOf(state)) : ""
    chip.append(lead, text.trim() || "…")
    chip.disabled = !text
    chip.addEventListener("click", () => this.suggestions.accept(row))
    if (!this.offers.hasCompany || !text) return chip
    const both = document.createElement("div")
    both.className = "chip-row"
    both.append(chip, this.drawOffer(state, row, text))
    return both
  }

  drawOffer(state, row, text) {
    const offer = document.createElement("button")
    offer.type = "button"
    offer.className = "chip chip-offer"
    offer.textContent = "Offer"
    offer.setAttribute("aria-label", `Offer to everyone: ${text.trim()}`)
    offer.addEventListener("click", () => this.offers.offer(state, row))
    return offer
  }

  /** iOS lays its keyboard over the page; the visual viewport tells how much of it. */
  follow(viewport) {
    if (!viewport) return
    const lift = () => {
      const hidden = Math.max(0, innerHeight - viewport.height - viewport.offsetTop)
      document.documentElement.style.setProperty("--keyboard-height", `${hidden}px`)
    }
    viewport.addEventListener("resize", lift)
    viewport.addEventListener("scroll", lift)
  }
}

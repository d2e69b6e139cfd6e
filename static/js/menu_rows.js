// The rows of the menu as elements; each keeps its place and its element while text streams in.

import { remainder } from "./suggestion_state.js"

const LEAD_LENGTH = 24

/**
 * The begun word that a suggestion goes on with: "chi" where "the chi" was typed.
 * @param {import("../vendor/codemirror.js").Text} doc
 * @param {number} caret
 * @returns {string}
 */
export function leadOf(doc, caret) {
  return doc.sliceString(Math.max(0, caret - LEAD_LENGTH), caret).match(/\S*$/u)[0]
}

export class MenuRows {
  /**
   * @param {HTMLElement} list
   * @param {(row: import("./suggestion_state.js").Row) => void} onAccept
   */
  constructor(list, onAccept) {
    Object.assign(this, { list, onAccept })
    /** @type {Map<string, HTMLElement>} */
    this.elements = new Map()
  }

  /**
   * @param {import("./suggestion_state.js").Suggesting} state
   * @param {string} lead as leadOf() finds it
   */
  render(state, lead) {
    const wanted = state.rows.map((row, place) => this.write(state, row, place, lead))
    const isSame = wanted.length === this.list.children.length && wanted.every((element, i) => element === this.list.children[i])
    if (!isSame) this.list.replaceChildren(...wanted)
    if (state.chosen !== null) wanted[state.chosen].scrollIntoView({ block: "nearest" })
  }

  clear() {
    this.elements.clear()
    this.list.replaceChildren()
  }

  write(state, row, place, lead) {
    const key = `${row.requestId}-${row.index}`
    const element = this.elements.get(key) ?? this.create(key)
    const text = remainder(state, row)
    element.onclick = () => this.onAccept(row)
    element.setAttribute("aria-selected", String(place === state.chosen))
    element.classList.toggle("is-waiting", !text && !row.isFinished)
    element.classList.toggle("is-writing", Boolean(text) && !row.isFinished)
    setText(element.children[0], text && !/^\s/u.test(text) ? lead : "")
    setText(element.children[1], text.replace(/^ +/, "") || (row.isFinished ? "" : "…"))
    return element
  }

  create(key) {
    const element = document.createElement("li")
    element.id = `suggestion-${key}`
    element.className = "menu-row"
    element.setAttribute("role", "option")
    const lead = document.createElement("span")
    lead.className = "menu-lead"
    lead.setAttribute("aria-hidden", "true")
    const text = document.createElement("span")
    text.className = "menu-text"
    element.append(lead, text)
    this.elements.set(key, element)
    return element
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

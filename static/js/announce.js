// Tells screen readers what the eyes see: at rest, not with every token.

import { activeRow, remainder } from "./suggestion_state.js"
import { countWords } from "./words.js"

const STABLE_AFTER_MS = 600
const MAX_WORDS = 30

export class Announcer {
  /** @param {HTMLElement} region a live region that was on the page from the start */
  constructor(region) {
    this.region = region
    this.timer = null
    this.last = ""
  }

  /** @param {string} text */
  say(text) {
    if (text !== this.last) this.region.textContent = text
    this.last = text
  }

  /** @param {import("./suggestion_state.js").Suggesting | null} state */
  render(state) {
    clearTimeout(this.timer)
    if (!state) return
    this.timer = setTimeout(() => this.say(describe(state)), STABLE_AFTER_MS)
  }

  /** @param {string} text */
  accepted(text) {
    clearTimeout(this.timer)
    const number = countWords(text)
    this.say(`Inserted ${number} ${number === 1 ? "word" : "words"}: ${shorten(text)}`)
  }
}

/**
 * @param {import("./suggestion_state.js").Suggesting} state
 * @returns {string}
 */
export function describe(state) {
  const failure = state.requests.at(-1).message
  const row = activeRow(state)
  if (!row) return failure ?? "Waiting for suggestions."
  const text = shorten(remainder(state, row))
  if (state.mode === "ghost") return `Suggestion: ${text}. Tab to accept, Alt right bracket for the next.`
  if (state.chosen !== null) return `${text}, ${state.chosen + 1} of ${state.rows.length}`
  const number = state.rows.length
  return `${number} ${number === 1 ? "suggestion" : "suggestions"}. First: ${text}. Arrow keys choose.`
}

function shorten(text) {
  const words = text.trim().split(/\s+/)
  return words.length > MAX_WORDS ? `${words.slice(0, MAX_WORDS).join(" ")} …` : words.join(" ")
}

// The keys of suggestions. Every one of them does its usual work while no suggestion is there.

import { EditorView, Prec } from "../vendor/codemirror.js"
import { activeRow, remainder } from "./suggestion_state.js"

// Someone who pressed Tab just as ghost text appeared did not mean it.
const TOO_SOON_MS = 120

const IS_MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform ?? "")

/**
 * @param {import("./suggestions.js").Suggestions} suggestions
 * @param {{appearedAt: number}} ghost
 * @param {{offer: () => void, goTo: () => boolean}} offers
 * @returns {import("../vendor/codemirror.js").Extension}
 */
export function suggestionKeys(suggestions, ghost, offers) {
  const keydown = (event, view) => {
    // Keys that build a character in an input method are not ours.
    if (event.isComposing || event.keyCode === 229 || view.state.readOnly) return false
    return act(event, suggestions, ghost, offers)
  }
  return Prec.highest(EditorView.domEventHandlers({ keydown }))
}

function act(event, suggestions, ghost, offers) {
  const name = keyName(event)
  if (name === "Tab") return event.repeat || tab(suggestions, ghost)
  if (name === "Ctrl+Space" || name === "Alt+Backslash") return did(suggestions.ask("menu"))
  // One key for offers: it makes one of what is suggested, else it goes to those that are there.
  if (name === "Alt+KeyO") return suggestions.state && hasText(suggestions) ? did(offers.offer()) : offers.goTo()
  if (!suggestions.state) return false
  if (name === "Escape") return did(suggestions.close("dismissed"))
  if (name === "Mod+Enter") return did(suggestions.ask("menu", true))
  if (!hasText(suggestions)) return false
  if (name === "Mod+ArrowRight") return did(suggestions.acceptWord())
  if (name === "Alt+BracketRight") return did(suggestions.choose(1))
  if (name === "Alt+BracketLeft") return did(suggestions.choose(-1))
  if (suggestions.state.mode === "ghost") return false
  if (name === "ArrowDown") return did(suggestions.choose(1))
  if (name === "ArrowUp") return did(suggestions.choose(-1))
  if (name === "Enter") return did(suggestions.accept(activeRow(suggestions.state)))
  return false
}

/** Tab takes what was chosen, or the ghost text that shows; else it asks, and asks for more. */
function tab(suggestions, ghost) {
  const { state } = suggestions
  if (state?.mode === "ghost" && hasText(suggestions)) {
    if (performance.now() - ghost.appearedAt >= TOO_SOON_MS) suggestions.accept(activeRow(state))
  } else if (!state || state.mode === "ghost" || !state.rows.length) suggestions.ask("menu")
  else if (state.chosen !== null) suggestions.accept(activeRow(state))
  else suggestions.askMore()
  return true
}

function hasText({ state }) {
  const row = activeRow(state)
  return row !== null && remainder(state, row) !== ""
}

function did() {
  return true
}

function keyName(event) {
  // Brackets by their place on the keyboard: with Option they type something else, with AltGr they are brackets.
  const { code, key } = event
  if (event.getModifierState("AltGraph") || event.shiftKey) return ""
  const mod = IS_MAC ? event.metaKey : event.ctrlKey
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey
  if (isPlain) return key
  if (event.altKey && !event.ctrlKey && !event.metaKey) return `Alt+${code}`
  if (event.ctrlKey && code === "Space") return "Ctrl+Space"
  return mod && !event.altKey ? `Mod+${key}` : ""
}

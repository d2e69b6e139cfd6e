// What an untitled document is called: its first line. Pure, the way webapp/paragraphs.py does it.

export const UNTITLED = "Untitled"
const MAX_BORROWED_LENGTH = 60
// How much of a text is looked at, in UTF-16 units.
export const TITLE_FROM = 400

/**
 * @param {string} text the document's beginning
 * @returns {string} its first line with words in it, cut at a word
 */
export function titleFromText(text) {
  const line = text.slice(0, TITLE_FROM).split("\n").find((candidate) => candidate.trim())?.trim() ?? ""
  // Counted in characters, as Python does, so that none is cut in two.
  const characters = [...line]
  if (characters.length <= MAX_BORROWED_LENGTH) return line || UNTITLED
  const cut = characters.slice(0, MAX_BORROWED_LENGTH).join("")
  return `${cut.slice(0, cut.lastIndexOf(" ") + 1 || cut.length).trimEnd()}…`
}

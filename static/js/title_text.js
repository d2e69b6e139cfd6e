// What an untitled document is called: its first line. Pure, the way webapp/paragraphs.py does it.

export const UNTITLED = "Untitled"
const MAX_BORROWED_LENGTH = 60

/**
 * @param {string} text the document's beginning
 * @returns {string} its first line with words in it, cut at a word
 */
export function titleFromText(text) {
  const line = text.split("\n").find((candidate) => candidate.trim())?.trim() ?? ""
  if (line.length <= MAX_BORROWED_LENGTH) return line || UNTITLED
  const cut = line.slice(0, MAX_BORROWED_LENGTH)
  return `${cut.slice(0, cut.lastIndexOf(" ") + 1 || MAX_BORROWED_LENGTH).trimEnd()}…`
}

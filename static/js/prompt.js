// Cuts the prompt out of the document: the text before the caret.

const MAX_LENGTH = 8000
const STRIDE = 1000

/**
 * The text before a position. Where it is longer than a prompt may be, its start moves only once in a thousand
 * characters: a window that slid with every key would make every prompt look new to the caches behind it.
 * @param {import("../vendor/codemirror.js").Text} doc
 * @param {number} position UTF-16 units from the start
 * @returns {string}
 */
export function promptBefore(doc, position) {
  return doc.sliceString(windowStart(doc, position), position)
}

function windowStart(doc, position) {
  const surplus = position - MAX_LENGTH
  if (surplus <= 0) return 0
  const start = Math.ceil(surplus / STRIDE) * STRIDE
  return isLowSurrogate(doc.sliceString(start, start + 1)) ? start + 1 : start
}

function isLowSurrogate(character) {
  return character >= "\udc00" && character <= "\udfff"
}

// Words as a writer counts them.

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" })

/**
 * The next word of a text with the space before it; a run of punctuation is a word of its own.
 * @param {string} text
 * @returns {string}
 */
export function nextWord(text) {
  let taken = ""
  let isPunctuation = false
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    const isSpace = !segment.trim()
    if (isPunctuation && (isSpace || isWordLike)) break
    taken += segment
    if (isWordLike) break
    if (!isSpace) isPunctuation = true
  }
  return taken
}

// A text's tree shares with the text before what an edit did not touch, so only the rest is counted again.
const counts = new WeakMap()

/**
 * @param {import("../vendor/codemirror.js").Text} doc
 * @returns {number}
 */
export function countWordsIn(doc) {
  const known = counts.get(doc)
  if (known !== undefined) return known
  // Lines are never divided between the leaves, so neither are words.
  const count = doc.children ? doc.children.reduce((sum, part) => sum + countWordsIn(part), 0) : countWords(doc.toString())
  counts.set(doc, count)
  return count
}

/**
 * @param {string} text
 * @returns {number}
 */
export function countWords(text) {
  return text.match(/\S*[\p{L}\p{N}]\S*/gu)?.length ?? 0
}

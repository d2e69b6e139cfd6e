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

/**
 * @param {string} text
 * @returns {number}
 */
export function countWords(text) {
  return text.match(/\S*[\p{L}\p{N}]\S*/gu)?.length ?? 0
}

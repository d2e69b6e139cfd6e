// What changed on a page of plain text: the text after changes, and which of its paragraphs are others. Pure.

/**
 * @param {string} text
 * @param {(number | (number | string)[])[]} changes a ChangeSet in its JSON form
 * @returns {string} the text after them
 */
export function applyChanges(text, changes) {
  const parts = []
  let from = 0
  for (const section of changes) {
    const [length, ...lines] = Array.isArray(section) ? section : [section]
    parts.push(Array.isArray(section) ? lines.join("\n") : text.slice(from, from + length))
    from += length
  }
  if (from !== text.length) throw new Error(`changes for ${from} units came, the text has ${text.length}`)
  return parts.join("")
}

/**
 * Where two lists differ: all before `from`, and the last `same` of both, are equal.
 * @param {string[]} before
 * @param {string[]} after
 * @returns {{from: number, same: number}}
 */
export function difference(before, after) {
  const most = Math.min(before.length, after.length)
  let from = 0
  while (from < most && before[from] === after[from]) from++
  let same = 0
  while (same < most - from && before.at(-1 - same) === after.at(-1 - same)) same++
  return { from, same }
}

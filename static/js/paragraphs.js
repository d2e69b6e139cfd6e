// A plain text as a page shows it, the way webapp/paragraphs.py does it; and the text after changes. Pure.

/**
 * @param {string} text
 * @returns {string[]} what stands between blank lines
 */
export function paragraphsOf(text) {
  const paragraphs = []
  let lines = []
  for (const line of [...text.split("\n"), ""]) {
    if (/[^ \t]/.test(line)) lines.push(line)
    else if (lines.length) {
      paragraphs.push(lines.join("\n"))
      lines = []
    }
  }
  return paragraphs
}

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

// Where text stands before a change, and where it goes after one. Pure.

/**
 * @typedef {{from: number, length: number, offset: number}} Stretch `offset` counts within the text that is traced
 * @typedef {import("../vendor/codemirror.js").ChangeSet} ChangeSet
 */

/**
 * @param {Stretch[]} stretches of the text after the changes
 * @param {ChangeSet} changes
 * @returns {{before: Stretch[], inserted: Stretch[]}} of the text before, and of all that the changes insert, in order
 */
export function stepBack(stretches, changes) {
  const before = []
  const inserted = []
  changes.iterGaps((posA, posB, length) => before.push(...within(stretches, posB, length, posA)))
  for (const { from, length, offset } of insertions(changes)) inserted.push(...within(stretches, from, length, offset))
  return { before, inserted }
}

/**
 * @param {Stretch[]} stretches of the text before the changes
 * @param {ChangeSet} changes
 * @returns {Stretch[]} what is left of them after
 */
export function stepForward(stretches, changes) {
  const after = []
  changes.iterGaps((posA, posB, length) => after.push(...within(stretches, posA, length, posB)))
  return after
}

/**
 * @param {ChangeSet} changes
 * @returns {Stretch[]} all that they insert, in the text after
 */
export function insertions(changes) {
  const found = []
  let offset = 0
  changes.iterChanges((fromA, toA, fromB, toB) => {
    if (toB > fromB) found.push({ from: fromB, length: toB - fromB, offset })
    offset += toB - fromB
  }, true)
  return found
}

/** The parts of the stretches in a range, moved so that the range begins at `start`. */
function within(stretches, from, length, start) {
  const found = []
  for (const stretch of stretches) {
    const first = Math.max(stretch.from, from)
    const size = Math.min(stretch.from + stretch.length, from + length) - first
    if (size > 0) found.push({ from: start + first - from, length: size, offset: stretch.offset + first - stretch.from })
  }
  return found
}

// Tells what a local edit means for the suggestions: typed on, or something else.

/**
 * The text of an edit that does nothing but insert at one place.
 * @param {import("../vendor/codemirror.js").ChangeSet} changes
 * @param {number} position
 * @returns {string | null}
 */
export function insertionAt(changes, position) {
  let inserted = null
  let numChanges = 0
  changes.iterChanges((fromA, toA, fromB, toB, text) => {
    numChanges++
    if (fromA === position && toA === position) inserted = text.toString()
  }, true)
  return numChanges === 1 ? inserted : null
}

/**
 * @param {import("../vendor/codemirror.js").ChangeSet} changes
 * @returns {boolean} whether text went away
 */
export function deletes(changes) {
  let found = false
  changes.iterChangedRanges((fromA, toA) => (found ||= toA > fromA))
  return found
}

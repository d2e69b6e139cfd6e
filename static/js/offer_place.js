// Where an offered suggestion belongs, found by the words that stood around its place. Pure.

// Fewer characters than these stand in many places.
const MIN_SEARCHED = 16

/**
 * @typedef {object} Surroundings as in an "offer_made" frame
 * @property {string} before the last characters before the place
 * @property {string} after the first characters behind it, none at the end of a line
 * @property {number} position where it was when the suggestion was offered
 */

/**
 * @param {import("../vendor/codemirror.js").Text} doc
 * @param {number} place
 * @param {Surroundings} surroundings
 * @returns {boolean} whether the words around the place are still those that the suggestion goes on from
 */
export function fitsAt(doc, place, { before, after }) {
  if (place < before.length || place > doc.length) return false
  if (doc.sliceString(place - before.length, place) !== before) return false
  const rest = doc.sliceString(place, doc.lineAt(place).to)
  return after === "" ? rest === "" : rest.startsWith(after)
}

/**
 * For a page that did not see the place move: where the words are, or, of several such places, the nearest.
 * @param {import("../vendor/codemirror.js").Text} doc
 * @param {Surroundings} surroundings
 * @returns {number | null}
 */
export function findPlace(doc, surroundings) {
  const { before, position } = surroundings
  if (fitsAt(doc, position, surroundings)) return position
  if (before.length < MIN_SEARCHED) return null
  const text = doc.toString()
  let nearest = null
  for (let at = text.indexOf(before); at !== -1; at = text.indexOf(before, at + 1)) {
    const place = at + before.length
    const isNearer = nearest === null || Math.abs(place - position) < Math.abs(nearest - position)
    if (isNearer && fitsAt(doc, place, surroundings)) nearest = place
  }
  return nearest
}

/**
 * What goes in at a place that the suggestion was not made for: with one space before it, not two.
 * @param {import("../vendor/codemirror.js").Text} doc
 * @param {number} place
 * @param {string} text
 * @returns {string}
 */
export function joined(doc, place, text) {
  const isAfterSpace = place === 0 || /\s/.test(doc.sliceString(place - 1, place))
  return isAfterSpace ? text.trimStart() : text
}

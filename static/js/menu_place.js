// Where the menu goes: under the line being written, or over it, and never on it.

const GAP = 8
const MARGIN = 12
// The rows' text begins this far inside, so that it stands right under the caret.
const INDENT = 16
const MIN_HEIGHT = 120

/**
 * @param {{left: number, top: number, bottom: number}} caret
 * @param {{width: number, height: number}} size the menu's own
 * @param {{left: number, right: number, top: number, bottom: number}} room what it may cover
 * @param {"below" | "above" | null} side where it is now; it stays there as long as it fits
 * @returns {{left: number, top: number | null, bottom: number | null, maxHeight: number, side: "below" | "above"}}
 *   bottom counts from the top of the page like top: a menu above the line grows upwards
 */
export function placeMenu(caret, size, room, side) {
  const below = room.bottom - MARGIN - (caret.bottom + GAP)
  const above = caret.top - GAP - (room.top + MARGIN)
  const chosen = chooseSide(below, above, size.height, side)
  const rightmost = room.right - MARGIN - size.width
  const left = Math.max(room.left + MARGIN, Math.min(caret.left - INDENT, rightmost))
  const maxHeight = Math.max(MIN_HEIGHT, chosen === "below" ? below : above)
  if (chosen === "below") return { left, top: caret.bottom + GAP, bottom: null, maxHeight, side: chosen }
  return { left, top: null, bottom: caret.top - GAP, maxHeight, side: chosen }
}

function chooseSide(below, above, height, side) {
  const fits = { below: below >= height, above: above >= height }
  if (side && fits[side]) return side
  if (fits.below) return "below"
  if (fits.above) return "above"
  return below >= above ? "below" : "above"
}

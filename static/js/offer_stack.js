// Where the stack of offers goes: at the bottom, or at the top where the line being written is at the bottom. Pure.

const GAP = 12
const MARGIN = 12
const MIN_HEIGHT = 40

/**
 * @param {{top: number, bottom: number} | null} line the line being written; null where the stack is beside the text
 * @param {number} height what the stack would like
 * @param {{top: number, bottom: number}} room
 * @param {"low" | "high"} side where it is now; it stays there as long as it fits
 * @param {number} part of the room that it may take
 * @returns {{side: "low" | "high", maxHeight: number}}
 */
export function placeStack(line, height, room, side, part) {
  const most = (room.bottom - room.top) * part
  if (!line || line.bottom < room.top || line.top > room.bottom) return { side: "low", maxHeight: most }
  const free = {
    low: Math.min(most, room.bottom - MARGIN - line.bottom - GAP),
    high: Math.min(most, line.top - GAP - room.top - MARGIN),
  }
  const needed = Math.min(height, most)
  const other = side === "low" ? "high" : "low"
  const chosen = free[side] >= needed || free[side] >= free[other] ? side : other
  return { side: chosen, maxHeight: Math.max(MIN_HEIGHT, free[chosen]) }
}

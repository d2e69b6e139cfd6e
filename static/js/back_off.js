// How long to wait before trying again: longer each time, never the same for all, so that many pages do not come at once.

const FIRST_DELAY_MS = 500
// Editors are back five seconds after a restart, and joining takes some of them.
const MAX_DELAY_MS = 4000

/**
 * @param {number} attempt 0 for the first one after a failure
 * @param {() => number} random
 * @returns {number} milliseconds: doubling, from half to the whole
 */
export function backOff(attempt, random = Math.random) {
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt) * (0.5 + random() / 2)
}

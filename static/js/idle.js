// Work that may wait until the page has nothing better to do, such as showing a key that was pressed.

const LATEST_MS = 1000

/** @param {() => void} act */
export function whenIdle(act) {
  if (globalThis.requestIdleCallback) requestIdleCallback(act, { timeout: LATEST_MS })
  else setTimeout(act, 0)
}

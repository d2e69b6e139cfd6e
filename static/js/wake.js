// Notices that the machine slept: its connections are dead then, and nobody tells the page.

const TICK_MS = 5000
// Browsers let a page in the background run once a minute.
const SLEPT_MS = 90000

/**
 * @param {() => void} onWake
 * @param {{now?: () => number, setInterval?: typeof setInterval}} platform what a test hands in
 * @returns {() => void} looks now
 */
export function watchSleep(onWake, { now = Date.now, setInterval = globalThis.setInterval } = {}) {
  let seenAt = now()
  const look = () => {
    const hasSlept = now() - seenAt > SLEPT_MS
    seenAt = now()
    if (hasSlept) onWake()
  }
  setInterval(look, TICK_MS)
  return look
}

// A tab holds a lock as long as it lives. Whoever gets the lock of another tab knows that that tab is gone.
//
// The browser gives locks to pages from https and from this machine only; elsewhere nobody can know.

const nameOf = (sessionId) => `inkling:session:${sessionId}`

/** @returns {boolean} whether living tabs can be told from dead ones */
export function canTellTheDead() {
  return "locks" in navigator
}

/**
 * @param {string} sessionId
 * @returns {() => void} lets go of it, as a tab does that will not write any more
 */
export function hold(sessionId) {
  let release = () => {}
  const untilReleased = new Promise((resolve) => (release = resolve))
  if (canTellTheDead()) {
    const holding = navigator.locks.request(nameOf(sessionId), () => untilReleased)
    holding.catch((error) => console.info("this tab cannot show that it lives:", error))
  }
  return release
}

/**
 * Waits until the tab is gone, and keeps others from doing the same meanwhile.
 * @param {string} sessionId
 * @param {() => Promise<void>} act
 */
export async function whenGone(sessionId, act) {
  await navigator.locks.request(nameOf(sessionId), act)
}

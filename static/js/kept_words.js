// What is said about writing that is kept in this browser.

/**
 * @param {number} number
 * @param {boolean} didOthersWrite
 * @returns {string}
 */
export function describeMerged(number, didOthersWrite) {
  return `${count(number, "offline change")} merged${didOthersWrite ? " with what others wrote meanwhile" : ""}.`
}

/**
 * @param {number} number
 * @param {string} at ISO time
 * @returns {string}
 */
export function describeAdopted(number, at) {
  const were = number === 1 ? "It was" : "They were"
  return `${count(number, "offline change")} merged. ${were} made on this page, ${describeTime(at)}, and not saved before it was closed.`
}

/** @param {Error} error @returns {string} */
export function describeTrouble({ name }) {
  const why = name === "QuotaExceededError" ? "This browser has no room left" : "This browser does not let pages keep anything (a private window, perhaps)"
  return `${why}, so what is not saved yet is on this page only. Leave it open until it says Saved.`
}

/** @param {boolean} isKept @returns {string} */
export function describeFailing(isKept) {
  const where = isKept ? "kept in this browser" : "on this page only, so leave it open"
  return `Saving fails at the moment. What you write is ${where}; it is saved by itself as soon as the server can.`
}

/** @param {string} at ISO time @returns {string} */
export function describeTime(at) {
  return new Date(at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })
}

function count(number, thing) {
  return `${number} ${thing}${number === 1 ? "" : "s"}`
}

// A copy of the text in this browser, for when the page falls out of step with the server or closes with unsaved edits.

const PREFIX = "inkling:draft:"

/**
 * @param {Storage} storage
 * @param {string} path of the document's page
 * @param {string} text
 * @returns {boolean} false where the browser has no room for it
 */
export function keepDraft(storage, path, text) {
  try {
    storage.setItem(PREFIX + path, JSON.stringify({ text, at: new Date().toISOString() }))
    return true
  } catch (error) {
    if (error.name !== "QuotaExceededError") throw error
    return false
  }
}

/**
 * @param {Storage} storage
 * @param {string} path
 * @param {string} current the text that the server has; a draft that equals it is forgotten
 * @returns {{text: string, at: string} | null}
 */
export function readDraft(storage, path, current) {
  const kept = storage.getItem(PREFIX + path)
  if (!kept) return null
  const draft = JSON.parse(kept)
  if (draft.text !== current) return draft
  forgetDraft(storage, path)
  return null
}

/**
 * @param {Storage} storage
 * @param {string} path
 */
export function forgetDraft(storage, path) {
  storage.removeItem(PREFIX + path)
}

// What a closed socket means. Codes from 4400 to 4499 are final; after any other one the page connects again.

const MESSAGES = {
  4400: "The server did not understand this page. Reload it to go on.",
  4401: "You were signed out. Sign in again to go on writing.",
  4403: "Your access to this document was taken back.",
  4404: "This document is not here, or it was never shared with you.",
  4408: "This connection was too slow to keep up with the document. Reload the page to go on.",
  4409: "This page is open somewhere else under the same name. Reload it to go on here.",
  4426: "Inkling was updated, and this page is too old to go on. Reload it.",
  4429: "Too many connections from here. Close other tabs, wait a minute, then reload.",
}

/**
 * @param {number} code
 * @returns {string | null} what to tell the writer, or null where connecting again is the answer
 */
export function finalMessage(code) {
  if (code < 4400 || code > 4499) return null
  return MESSAGES[code] ?? `The server ended this connection (${code}). Reload the page to go on.`
}

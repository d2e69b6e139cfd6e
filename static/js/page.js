// What the server tells this page before the socket opens.

/**
 * @typedef {object} Page
 * @property {string} socket_url
 * @property {string} version of the server that made the page
 * @property {string} title
 * @property {boolean} can_edit
 * @property {boolean} is_owner
 * @property {string | null} links_url
 * @property {string} csrf_token
 * @property {object[]} checkpoints
 * @property {object} default_params as in a "suggest" frame
 */

/** @returns {Page} */
export function readPage() {
  return JSON.parse(document.getElementById("inkling-page").textContent)
}

/** @returns {string} what the content security policy asks of a style element */
export function styleNonce() {
  return document.querySelector("meta[name=style-nonce]").content
}

/**
 * @param {string} path
 * @param {Location} location
 * @returns {string} the address of a socket on this host
 */
export function socketAddress(path, location) {
  return new URL(path, location.href.replace(/^http/, "ws")).href
}

/** @returns {string} a name for this page load that nobody can guess */
export function newSessionId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}

/**
 * @param {object} params as in a "suggest" frame
 * @returns {Partial<import("./params.js").Choices>}
 */
export function defaultChoices(params) {
  return {
    temperature: params.temperature,
    topP: params.top_p,
    numContinuations: params.num_continuations,
    maxTimeMs: params.max_time_ms,
  }
}

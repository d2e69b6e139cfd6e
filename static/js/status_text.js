// What the status line says, in words.

const FINISHES = {
  stop: { word: "stopped at the word", sentence: "stopped at the sentence", paragraph: "stopped at the paragraph", none: "came to an end" },
  length: "reached its length",
  cancelled: "cancelled",
  deadline: "ran out of time",
  failed: "failed",
}

const PROBLEMS = {
  busy: "Busy: try again in a moment",
  unavailable: "No checkpoint is ready",
  rate_limited: "Too many requests: wait a moment",
  late: "No answer came in time",
  offline: "Offline",
}

/**
 * @typedef {object} Measured What is known of the newest request.
 * @property {"waiting" | "writing" | "finished" | "failed"} phase
 * @property {string | null} checkpoint
 * @property {number | null} firstTextMs
 * @property {number | null} tokensPerSecond
 * @property {string | null} finishReason
 * @property {string | null} stopAt
 * @property {string | null} code
 */

/**
 * @param {"connecting" | "joined" | "offline" | "closed"} connection
 * @param {Measured | null} measured
 * @returns {{state: "idle" | "waiting" | "writing" | "busy" | "offline", text: string, details: string[]}}
 */
export function describeStatus(connection, measured) {
  if (connection === "connecting") return { state: "waiting", text: "Connecting", details: [] }
  if (connection !== "joined") return { state: "offline", text: "Offline", details: [] }
  if (!measured) return { state: "idle", text: "Ready", details: [] }
  if (measured.phase === "failed") {
    return { state: "busy", text: PROBLEMS[measured.code] ?? "The suggestion failed", details: [] }
  }
  const details = describeMeasured(measured)
  if (measured.phase === "waiting") return { state: "waiting", text: "Waiting", details }
  if (measured.phase === "writing") return { state: "writing", text: "Writing", details }
  return { state: "idle", text: "Ready", details }
}

/**
 * @param {string} finishReason
 * @param {string | null} stopAt
 * @returns {string}
 */
export function describeFinish(finishReason, stopAt) {
  const words = FINISHES[finishReason] ?? finishReason
  return typeof words === "string" ? words : words[stopAt] ?? words.none
}

function describeMeasured({ checkpoint, firstTextMs, tokensPerSecond, finishReason, stopAt }) {
  const details = []
  if (checkpoint) details.push(checkpoint)
  if (firstTextMs !== null) details.push(`first words after ${Math.round(firstTextMs)} ms`)
  if (tokensPerSecond !== null) details.push(`${Math.round(tokensPerSecond)} tokens/s`)
  if (finishReason) details.push(describeFinish(finishReason, stopAt))
  return details
}

// What is being suggested, as plain values: rows of text, what was typed since, which row is chosen.
// Every function returns a new state, or null where nothing is left to show. Knows nothing of sockets and views.

/**
 * @typedef {object} Row
 * @property {string} requestId
 * @property {number} index
 * @property {string} text from the anchor on, what had been typed before the request included
 * @property {boolean} isFinished
 * @property {string | null} finishReason
 *
 * @typedef {object} Request
 * @property {string} id
 * @property {"waiting" | "writing" | "finished" | "failed"} status
 * @property {string | null} code why it failed
 * @property {string | null} message
 *
 * @typedef {object} Suggesting
 * @property {"menu" | "ghost"} mode
 * @property {number} anchor where the suggestions begin in the document
 * @property {string} typed what the writer has typed since
 * @property {number | null} chosen the row that was moved to
 * @property {Request[]} requests
 * @property {Row[]} rows
 */

// A change nearer than this before the anchor makes the prompt another one.
const SENSITIVE_LENGTH = 64

/**
 * @param {"menu" | "ghost"} mode
 * @param {number} anchor
 * @returns {Suggesting}
 */
export function open(mode, anchor) {
  return { mode, anchor, typed: "", chosen: null, requests: [], rows: [] }
}

/**
 * Adds a request and its rows, which keep their places from now on.
 * @param {Suggesting} state
 * @param {string} id
 * @param {number} numRows
 * @returns {Suggesting}
 */
export function asked(state, id, numRows) {
  const request = { id, status: "waiting", code: null, message: null }
  const row = (index) => ({ requestId: id, index, text: state.typed, isFinished: false, finishReason: null })
  const rows = Array.from({ length: numRows }, (unused, index) => row(index))
  return { ...state, requests: [...state.requests, request], rows: [...state.rows, ...rows] }
}

/**
 * @param {Suggesting} state
 * @param {string} id
 * @param {number} index
 * @param {string} text what came beyond the text before
 * @returns {Suggesting | null}
 */
export function extended(state, id, index, text) {
  const rows = state.rows.map((row) => (isRow(row, id, index) ? { ...row, text: row.text + text } : row))
  return withFittingRows(setRequest({ ...state, rows }, id, { status: "writing" }))
}

/**
 * @param {Suggesting} state
 * @param {string} id
 * @param {number} index
 * @param {string} finishReason
 * @returns {Suggesting | null}
 */
export function finished(state, id, index, finishReason) {
  const rows = state.rows.map((row) => (isRow(row, id, index) ? { ...row, isFinished: true, finishReason } : row))
  const isOver = !rows.some((row) => row.requestId === id && !row.isFinished)
  const next = isOver ? setRequest({ ...state, rows }, id, { status: "finished" }) : { ...state, rows }
  return withFittingRows(isOver ? withoutRepeats(next, id) : next)
}

/**
 * Ends a request that got no further; rows with text stay.
 * @param {Suggesting} state
 * @param {string} id
 * @param {string} code "busy", "unavailable", "late", …
 * @param {string} message
 * @returns {Suggesting | null}
 */
export function failed(state, id, code, message) {
  const rows = state.rows.map((row) =>
    row.requestId === id && !row.isFinished ? { ...row, isFinished: true, finishReason: "failed" } : row)
  return withFittingRows(setRequest({ ...state, rows }, id, { status: "failed", code, message }))
}

/**
 * The writer typed on: rows that begin with it stay.
 * @param {Suggesting} state
 * @param {string} inserted
 * @returns {Suggesting | null}
 */
export function typedOn(state, inserted) {
  return withFittingRows({ ...state, typed: state.typed + inserted })
}

/**
 * Somebody else changed the document.
 * @param {Suggesting} state
 * @param {import("../vendor/codemirror.js").ChangeDesc} changes
 * @returns {Suggesting | null} null where the change is so near that the suggestions no longer follow from the text
 */
export function moved(state, changes) {
  if (changes.touchesRange(Math.max(0, state.anchor - SENSITIVE_LENGTH), caretOf(state))) return null
  return { ...state, anchor: changes.mapPos(state.anchor, -1) }
}

/**
 * Moves the choice by one row, round the ends; the first move chooses the first or the last row.
 * @param {Suggesting} state
 * @param {1 | -1} step
 * @returns {Suggesting}
 */
export function choose(state, step) {
  const length = state.rows.length
  if (!length) return state
  const from = state.chosen ?? (state.mode === "ghost" ? 0 : step > 0 ? -1 : length)
  return { ...state, chosen: (from + step + length) % length }
}

/**
 * The row that Enter takes: the chosen one, or the first that has text.
 * @param {Suggesting} state
 * @returns {Row | null}
 */
export function activeRow(state) {
  if (state.chosen !== null) return state.rows[state.chosen] ?? null
  return state.rows.find((row) => remainder(state, row)) ?? null
}

/**
 * What a row would still add to the document.
 * @param {Suggesting} state
 * @param {Row} row
 * @returns {string}
 */
export function remainder(state, row) {
  return row.text.slice(state.typed.length)
}

/**
 * @param {Suggesting} state
 * @returns {number} where the caret has to be
 */
export function caretOf(state) {
  return state.anchor + state.typed.length
}

/**
 * @param {Suggesting} state
 * @returns {string[]} the requests that still cost somebody work
 */
export function openRequests(state) {
  return state.requests.filter(({ status }) => status === "waiting" || status === "writing").map(({ id }) => id)
}

/**
 * @param {Suggesting} state
 * @param {string} id
 * @returns {boolean}
 */
export function hasRequest(state, id) {
  return state.requests.some((request) => request.id === id)
}

function isRow(row, id, index) {
  return row.requestId === id && row.index === index && !row.isFinished
}

function setRequest(state, id, fields) {
  const requests = state.requests.map((request) => (request.id === id ? { ...request, ...fields } : request))
  return { ...state, requests }
}

function withFittingRows(state) {
  const { typed } = state
  const fits = (row) => {
    if (row.isFinished) return row.text.length > typed.length && row.text.startsWith(typed)
    return row.text.startsWith(typed) || typed.startsWith(row.text)
  }
  return keepRows(state, fits)
}

function withoutRepeats(state, id) {
  const isRepeat = (row, place) =>
    row.requestId === id && state.rows.findIndex((other) => other.text === row.text) < place
  return keepRows(state, (row, place) => !isRepeat(row, place))
}

function keepRows(state, test) {
  const rows = state.rows.filter(test)
  const hasFailed = state.requests.some(({ status }) => status === "failed")
  if (!rows.length && !(hasFailed && !state.typed)) return null
  const place = rows.indexOf(state.rows[state.chosen])
  return { ...state, rows, chosen: place === -1 ? null : place }
}

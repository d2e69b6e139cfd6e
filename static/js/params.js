// Sampling params as the panel edits them: their limits, presets, and where they are kept.

/**
 * @typedef {object} Choices What the panel shows.
 * @property {string | null} checkpoint null: the default one
 * @property {"word" | "sentence" | "paragraph"} length
 * @property {number} temperature
 * @property {number} topP
 * @property {number} numContinuations
 * @property {number} maxTimeMs
 * @property {number | null} seed null: one is drawn for each request
 * @property {boolean} isGhostOn whether suggestions come by themselves while writing
 */

const STORAGE_KEY = "inkling:choices"

/** @type {Record<string, {name: string, min: number, max: number, isWhole?: boolean, mayBeEmpty?: boolean}>} */
export const LIMITS = {
  temperature: { name: "Temperature", min: 0, max: 2 },
  topP: { name: "Top-p", min: 0, max: 1 },
  numContinuations: { name: "Number", min: 1, max: 6, isWhole: true },
  maxTimeMs: { name: "Time", min: 50, max: 10000, isWhole: true },
  seed: { name: "Seed", min: 0, max: 2 ** 32 - 1, isWhole: true, mayBeEmpty: true },
}

export const LENGTHS = {
  word: { stop_at: "word", max_new_tokens: 8 },
  sentence: { stop_at: "sentence", max_new_tokens: 40 },
  paragraph: { stop_at: "paragraph", max_new_tokens: 128 },
}

export const PRESETS = {
  precise: { temperature: 0.3, topP: 0.9 },
  balanced: { temperature: 1, topP: 0.9 },
  creative: { temperature: 1.2, topP: 0.95 },
}

/** @type {Choices} */
export const DEFAULTS = {
  checkpoint: null,
  length: "sentence",
  ...PRESETS.balanced,
  numContinuations: 3,
  maxTimeMs: 1000,
  seed: null,
  isGhostOn: false,
}

/**
 * Reads one field as it was typed.
 * @param {string} field
 * @param {string} typed
 * @returns {{value: number | null} | {problem: string}}
 */
export function parseField(field, typed) {
  const { name, min, max, isWhole, mayBeEmpty } = LIMITS[field]
  const text = typed.trim()
  if (!text && mayBeEmpty) return { value: null }
  const value = text ? Number(text) : NaN
  const isValid = Number.isFinite(value) && value >= min && value <= max && (!isWhole || Number.isInteger(value))
  if (isValid) return { value }
  return { problem: `${name} is ${text ? `“${text}”` : "empty"}; it takes a ${isWhole ? "whole " : ""}number from ${min} to ${max}.` }
}

/**
 * The params of a "suggest" frame.
 * @param {Choices} choices
 * @param {number} numBefore how many rows the writer has already; a fixed seed moves on by as many, else the same came again
 */
export function toParams(choices, numBefore = 0) {
  const { temperature, topP, numContinuations, maxTimeMs, seed, length } = choices
  return {
    // Greedy decoding knows only one continuation.
    num_continuations: temperature === 0 ? 1 : numContinuations,
    temperature,
    top_p: topP,
    max_time_ms: maxTimeMs,
    seed: seed === null ? null : (seed + numBefore) % 2 ** 32,
    ...LENGTHS[length],
  }
}

/**
 * The name of the preset that the choices amount to.
 * @param {Choices} choices
 * @returns {string | null}
 */
export function presetOf(choices) {
  const matches = ([, preset]) => preset.temperature === choices.temperature && preset.topP === choices.topP
  return Object.entries(PRESETS).find(matches)?.[0] ?? null
}

/**
 * What was kept, field by field: one bad value does not cost the others.
 * @param {Storage} storage
 * @param {Partial<Choices>} defaults the server's own
 * @returns {Choices}
 */
export function loadChoices(storage, defaults = {}) {
  const choices = { ...DEFAULTS, ...defaults }
  const kept = readKept(storage)
  if (Object.hasOwn(LENGTHS, kept.length)) choices.length = kept.length
  if (typeof kept.isGhostOn === "boolean") choices.isGhostOn = kept.isGhostOn
  if (typeof kept.checkpoint === "string") choices.checkpoint = kept.checkpoint
  for (const field of Object.keys(LIMITS)) {
    if (typeof kept[field] !== "number") continue
    const { value } = parseField(field, String(kept[field]))
    if (value !== undefined) choices[field] = value
  }
  return choices
}

/**
 * @param {Storage} storage
 * @param {Choices} choices
 */
export function keepChoices(storage, choices) {
  storage.setItem(STORAGE_KEY, JSON.stringify(choices))
}

function readKept(storage) {
  try {
    return JSON.parse(storage.getItem(STORAGE_KEY) ?? "{}") ?? {}
  } catch {
    // Somebody else's words under our key: the defaults stand.
    return {}
  }
}

// A text's paragraphs with the machines' words marked, the way webapp/marked_text.py does it. Pure.

import { isMachineWritten, originalOf, percentOf } from "./runs.js"

const UNNAMED = "A language model"
const BLANK = /^[ \t]*$/

/**
 * @typedef {[text: string, checkpoint: string | null]} Piece null for what people wrote
 */

/**
 * @param {string} text
 * @param {import("./runs.js").Runs} runs
 * @returns {Piece[][]}
 */
export function markedParagraphs(text, runs) {
  const paragraphs = []
  let isOpen = false
  for (const line of linesOf(text, runs)) {
    const isBlank = BLANK.test(line.map(([words]) => words).join(""))
    if (!isBlank && isOpen) paragraphs.at(-1).push(["\n", null], ...line)
    else if (!isBlank) paragraphs.push(line)
    isOpen = !isBlank
  }
  return paragraphs.map(joined)
}

/** @param {Piece[]} pieces @returns {Piece[]} in which neighbours of one kind are one */
export function joined(pieces) {
  const result = []
  for (const [words, checkpoint] of pieces) {
    const last = result.at(-1)
    if (!words) continue
    if (last?.[1] === checkpoint) result[result.length - 1] = [last[0] + words, checkpoint]
    else result.push([words, checkpoint])
  }
  return result
}

/**
 * The same words as in templates/_machine_share.html.
 * @param {import("./runs.js").Runs} runs
 * @returns {string}
 */
export function describeShare(runs) {
  let [machine, total] = [0, 0]
  for (const [index, length] of runs.totals()) {
    total += length
    if (isMachineWritten(runs.sources[index])) machine += length
  }
  const percent = percentOf(machine, total)
  if (!percent) return "Every word was written by people."
  return `Language models wrote ${percent} % of this text; their words are underlined.`
}

function linesOf(text, runs) {
  const lines = [[]]
  for (const { from, to, source } of runs.between(0, Infinity)) {
    const checkpoint = isMachineWritten(source) ? originalOf(source).provenance?.checkpoint ?? UNNAMED : null
    const [first, ...others] = text.slice(from, to).split("\n")
    lines.at(-1).push([first, checkpoint])
    for (const other of others) lines.push([[other, checkpoint]])
  }
  return lines
}

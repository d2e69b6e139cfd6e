// Prints random changes and what the real CodeMirror makes of them, as JSON: the measure for webapp/collab/changes.py.
//
//   node tests/js/changes_vectors.mjs MODULE SEED COUNT
//
// MODULE exports ChangeSet and Text: static/vendor/codemirror.js, or the package @codemirror/state.
// tests/webapp/collab/changes_vectors.json is what SEED 1 and COUNT 100 print.

import { resolve } from "node:path"
import { pathToFileURL } from "node:url"

const [module, seed, count] = process.argv.slice(2)
const { ChangeSet, Text } = await import(pathToFileURL(resolve(module)))

const pieces = ["a", "b", "c", " ", "\n", "é", "語", "😀", "👩‍🚀"]
const random = randomNumbers(Number(seed))
const cases = Array.from({ length: Number(count) }, makeCase)
process.stdout.write("[\n" + cases.map((each) => JSON.stringify(each)).join(",\n") + "\n]\n")

function makeCase() {
  const text = randomText(below(12))
  const doc = toText(text)
  const [a, b] = [randomChanges(text), randomChanges(text)]
  const next = randomChanges(a.apply(doc).toString())
  return {
    text, a, b, next,
    applied: a.apply(doc).toString(),
    inverted: a.invert(doc),
    composed: a.compose(next),
    mapped: a.map(b),
    mapped_before: a.map(b, true),
    positions: Array.from({ length: text.length + 1 }, (_, at) => [a.mapPos(at, -1), a.mapPos(at, 1)]),
  }
}

/** One to four edits, one after the other or at once, as one ChangeSet. */
function randomChanges(text) {
  const atOnce = () => ChangeSet.of(Array.from({ length: 1 + below(3) }, () => randomEdit(text)), text.length)
  let changes = atOnce()
  while (below(3) === 0) {
    const now = changes.apply(toText(text)).toString()
    changes = changes.compose(ChangeSet.of(randomEdit(now), now.length))
  }
  return changes
}

function randomEdit(text) {
  const places = boundaries(text)
  const from = below(places.length)
  const to = Math.min(places.length - 1, from + below(4))
  return { from: places[from], to: places[to], insert: toText(below(3) ? randomText(below(4)) : "") }
}

/** The positions that lie between two characters, never inside a surrogate pair. */
function boundaries(text) {
  const places = [0]
  for (const character of text) places.push(places.at(-1) + character.length)
  return places
}

function randomText(length) {
  return Array.from({ length }, () => pieces[below(pieces.length)]).join("")
}

function toText(text) {
  return Text.of(text.split("\n"))
}

function below(limit) {
  return Math.floor(random() * limit)
}

/** Mulberry32: small, seeded, the same on every machine. */
function randomNumbers(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

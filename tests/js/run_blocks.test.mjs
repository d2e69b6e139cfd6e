import assert from "node:assert/strict"
import test from "node:test"
import { Runs } from "../../static/js/runs.js"
import { countWords, countWordsIn } from "../../static/js/words.js"
import { ChangeSet, Text } from "../../static/vendor/codemirror.js"

const sourceOf = (index) => ({ author: { name: `writer ${index}`, color: index % 8 }, origin: "typed", provenance: null, at: "" })

function randomly(seed) {
  return (below) => (seed = (seed * 48271) % 2147483647) % below
}

/** A long text that forty writers wrote in turn, a few characters each. */
function longRuns(numRuns, random) {
  const sources = Array.from({ length: 40 }, (_, index) => sourceOf(index))
  const runs = Array.from({ length: numRuns }, (_, place) => [1 + random(9), place % 40])
  return Runs.from({ sources, runs })
}

const lengthOf = (runs) => runs.blocks.reduce((sum, block) => sum + block.length, 0)

/** The letters of a text, each as the index of its source. */
const spell = (runs) => runs.runs.flatMap(([length, index]) => Array(length).fill(index))

test("a long text's runs are what they were, after every kind of edit", () => {
  const random = randomly(11)
  let runs = longRuns(3000, random)
  let letters = spell(runs)
  for (let step = 0; step < 400; step++) {
    const from = random(letters.length + 1)
    const to = Math.min(letters.length, from + (step % 50 ? random(12) : random(4000)))
    const insert = step % 3 ? random(6) : 0
    runs = runs.apply(ChangeSet.of({ from, to, insert: "x".repeat(insert) }, letters.length), sourceOf(step % 40))
    letters = [...letters.slice(0, from), ...Array(insert).fill(step % 40), ...letters.slice(to)]
    assert.equal(lengthOf(runs), letters.length)
  }
  assert.deepEqual(spell(runs), letters)
})

test("neighbours are always two, wherever blocks begin and end", () => {
  const random = randomly(5)
  let runs = longRuns(2000, random)
  for (let step = 0; step < 300; step++) {
    const length = lengthOf(runs)
    const from = random(length)
    runs = runs.apply(ChangeSet.of({ from, to: Math.min(length, from + random(700)) }, length), sourceOf(0))
    const indices = runs.runs.map(([, index]) => index)
    assert.ok(indices.every((index, place) => index !== indices[place - 1]))
  }
})

test("the stretches of a range are whole, also over the edge of a block", () => {
  const runs = longRuns(1000, randomly(3))
  const length = lengthOf(runs)
  const all = runs.between(0, length)
  assert.equal(all.length, 1000)
  for (let from = 0; from < length; from += 37) {
    const expected = all.filter((stretch) => stretch.to >= from && stretch.from <= from + 20)
    assert.deepEqual(runs.between(from, from + 20), expected)
  }
})

test("a keystroke makes few blocks anew, however long the text is", () => {
  let runs = longRuns(20000, randomly(9))
  for (let key = 0; key < 500; key++) {
    const before = new Set(runs.blocks)
    const length = lengthOf(runs)
    runs = runs.apply(ChangeSet.of({ from: 50000 + key, insert: "k" }, length), sourceOf(key % 3))
    assert.ok(runs.blocks.filter((block) => !before.has(block)).length <= 3)
  }
})

test("words are counted as in the whole text, edit by edit", () => {
  const random = randomly(21)
  const paragraph = "It was — as they say — a dark night.\n"
  let doc = Text.of(paragraph.repeat(2000).split("\n"))
  for (let step = 0; step < 40; step++) {
    const from = random(doc.length)
    const to = Math.min(doc.length, from + random(step % 10 ? 5 : 3000))
    doc = doc.replace(from, to, Text.of(["", " ", "x", "a b", "one\n\ntwo"][step % 5].split("\n")))
    assert.equal(countWordsIn(doc), countWords(doc.toString()))
  }
})

import assert from "node:assert/strict"
import test from "node:test"
import { describeSource } from "../../static/js/attribution.js"
import { Runs, isEdited, isMachineWritten, originalOf, percentOf } from "../../static/js/runs.js"
import { ChangeSet } from "../../static/vendor/codemirror.js"
import { shares } from "../../static/js/writers.js"

const ADA = { name: "Ada", color: 1 }
const BOB = { name: "Bob", color: 2 }
const AT = "2026-11-21T14:02:00"

const typed = (author) => ({ author, origin: "typed", provenance: null, at: AT })
const suggested = (author, requestId) => ({
  author, origin: "suggestion", at: AT, provenance: { request_id: requestId, checkpoint: "gpt2-medium", params: { temperature: 0.9 } },
})
const restored = (author, source) => ({ author, origin: "restored", at: AT, provenance: { revision_restored: 3, source } })

/** "Hello" by Ada, " world" by a model, "!" by Ada. */
function hello() {
  return Runs.from({ sources: [typed(ADA), suggested(ADA, "r1")], runs: [[5, 0], [6, 1], [1, 0]] })
}

function edit(runs, from, to, insert, source) {
  const length = runs.runs.reduce((sum, [run]) => sum + run, 0)
  return runs.apply(ChangeSet.of({ from, to, insert }, length), source)
}

test("runs stay as the server has them", () => {
  assert.deepEqual(edit(hello(), 5, 11, "", typed(BOB)).runs, [[6, 0]])
  assert.deepEqual(edit(hello(), 12, 12, "?", typed(BOB)).runs, [[5, 0], [6, 1], [1, 0], [1, 2]])
  assert.deepEqual(edit(hello(), 2, 3, "LL", typed(ADA)).runs, [[6, 0], [6, 1], [1, 0]])
  assert.deepEqual(edit(hello(), 0, 12, "", typed(ADA)).runs, [])
})

/** How many of the machine's stretches were edited, of how many. */
function editedOf(runs) {
  const machine = runs.between(0, Infinity).filter(({ source }) => isMachineWritten(source))
  return [machine.filter(isEdited).length, machine.length]
}

test("a suggestion that was divided or cut is edited, one that was only moved or copied is not", () => {
  const accepted = edit(edit(Runs.from(null), 0, 0, "Hello!", typed(ADA)), 5, 5, " world", suggested(ADA, "r1"))
  assert.deepEqual(editedOf(accepted), [0, 1])
  assert.deepEqual(editedOf(edit(accepted, 0, 0, "Oh. ", typed(BOB))), [0, 1])
  assert.deepEqual(editedOf(edit(accepted, 8, 8, "x", typed(BOB))), [2, 2])
  assert.deepEqual(editedOf(edit(accepted, 9, 11, "", typed(BOB))), [1, 1])
  const copied = accepted.apply(ChangeSet.of({ from: 11, insert: " world" }, 12), typed(BOB), [{ length: 6, source: suggested(ADA, "r1") }])
  assert.deepEqual(editedOf(copied), [0, 1], "side by side")
  const again = Runs.from(JSON.parse(JSON.stringify({ sources: copied.sources, runs: edit(copied, 9, 9, "x", typed(BOB)).runs })))
  assert.deepEqual(editedOf(again), [2, 2], "after a reload too")
})

test("words that are taken one by one are one suggestion, whole", () => {
  let runs = Runs.from(null)
  for (const [at, word] of [[0, "so"], [2, " it"], [5, " was"]]) runs = edit(runs, at, at, word, suggested(ADA, "r1"))
  assert.deepEqual(editedOf(runs), [0, 1])
  assert.deepEqual(editedOf(edit(runs, 3, 4, "", typed(ADA))), [1, 1])
})

test("runs always cover the text and say who wrote it", () => {
  const sources = [typed(ADA), typed(BOB), suggested(ADA, "r1"), suggested(BOB, "r2")]
  let seed = 7
  const random = (below) => (seed = (seed * 48271) % 2147483647) % below
  let text = ""
  let runs = Runs.from(null)
  for (let step = 0; step < 2000; step++) {
    const from = random(text.length + 1)
    const to = Math.min(text.length, from + random(6))
    const author = random(4)
    const insert = "abcd"[author].repeat(random(5))
    runs = edit(runs, from, to, insert, sources[author])
    text = text.slice(0, from) + insert + text.slice(to)
    const letters = new Map(sources.map((source, place) => [JSON.stringify(source), "abcd"[place]]))
    const spelled = runs.runs.map(([length, index]) => letters.get(JSON.stringify({ ...runs.sources[index], length: undefined })).repeat(length)).join("")
    assert.equal(spelled, text)
  }
})

test("restored text is what it was", () => {
  const source = restored(BOB, suggested(ADA, "r1"))
  assert.equal(isMachineWritten(source), true)
  assert.equal(originalOf(source).author, ADA)
  assert.equal(isMachineWritten(restored(BOB, typed(ADA))), false)
  assert.match(describeSource(source, true), /^gpt2-medium, temperature 0\.9, accepted by Ada at .*, edited since, restored by Bob$/)
  assert.equal(describeSource(typed(BOB), true), "Typed by Bob")
})

test("shares count what was recorded, restored text included", () => {
  const sources = [typed(ADA), suggested(ADA, "r1"), restored(BOB, suggested(ADA, "r2")), restored(BOB, typed(ADA))]
  const { total, machine, writers } = shares(Runs.from({ sources, runs: [[5, 0], [6, 1], [4, 2], [5, 3]] }))
  assert.deepEqual([total, machine], [20, 10])
  assert.deepEqual(writers.map(({ name, length }) => [name, length]).sort(), [["Ada", 10], ["gpt2-medium", 10]])
})

test("halves are rounded as on the server", () => {
  assert.deepEqual([percentOf(1, 8), percentOf(1, 40)], [13, 3])
})

test("0 and 100 percent are none and all", () => {
  assert.deepEqual([percentOf(0, 1000), percentOf(1, 1000), percentOf(999, 1000), percentOf(5, 5), percentOf(0, 0)], [0, 1, 99, 100, 0])
})

import assert from "node:assert/strict"
import test from "node:test"
import { runsOf } from "../../static/js/attribution.js"
import { creditStretches } from "../../static/js/collab.js"
import { insertions, stepBack, stepForward } from "../../static/js/places.js"
import { UpdateQueue, toFrame } from "../../static/js/update_queue.js"
import { ChangeSet, isolateHistory } from "../../static/vendor/codemirror.js"
import { MACHINE, Page, TYPED, copy, paste } from "./page.mjs"

const WHOLE = [["Hello", "typed", "Bob"], [" world", "suggestion", "Bob"], ["!", "typed", "Bob"]]

test("what is pasted is what was copied", () => {
  const page = new Page()
  paste(page, 12, copy(page, 3, 8))
  assert.deepEqual(page.stretches.slice(2), [["!lo", "typed", "Bob"], [" wo", "suggestion", "Bob"]])
  assert.deepEqual(page.claims, [[{ length: 5, revision: 7, position: 3 }]])
})

test("another tab of the document learns from the clipboard where the text stood", () => {
  const page = new Page()
  paste(page, 12, copy(new Page(), 3, 8))
  assert.deepEqual(page.claims, [[{ length: 5, revision: 7, position: 3 }]])
  assert.deepEqual(page.stretches.at(-1), ["lo wo", "pasted", "Ada"], "until the server has said whose it is")
  page.confirm({ copied: { sources: [TYPED, MACHINE], runs: [[2, 0], [3, 1]] } })
  assert.deepEqual(page.stretches.slice(2), [["!lo", "typed", "Bob"], [" wo", "suggestion", "Bob"]])
})

test("another document, and a page that lies, paste plainly", () => {
  const page = new Page()
  const other = new Page()
  other.copying.documentKey = "another document"
  paste(page, 12, copy(other, 0, 5))
  const forged = copy(page, 0, 5)
  const lie = (part) => JSON.stringify({ document: "this document", parts: [part] })
  const lies = [{ length: 5, place: { revision: "7" } }, { length: 5, place: { number: -1, session_id: "a", position: 0 } },
    { length: 4, place: null }, { length: 5, place: { revision: 7, position: 0, more: 1 } }, null].map(lie)
  for (const told of ["{", "7", '{"document":"this document"}', ...lies]) {
    forged.set("application/x-inkling-copy", told)
    paste(page, 12, forged)
  }
  forged.delete("application/x-inkling-copy")
  paste(page, 12, forged)
  assert.deepEqual(page.claims, Array(10).fill(null))
})

test("the clipboard tells other pages no names and no text twice", () => {
  const told = copy(new Page(), 0, 12).get("application/x-inkling-copy")
  assert.deepEqual(JSON.parse(told), { document: "this document", parts: [{ length: 5, place: { revision: 7, position: 0 } },
    { length: 6, place: { revision: 7, position: 5 } }, { length: 1, place: { revision: 7, position: 11 } }] })
})

test("text that is cut comes back whose it was, though others write meanwhile", () => {
  const page = new Page()
  const data = copy(page, 5, 11)
  page.edit(5, 11, "", "delete.cut")
  page.hear([2, [0, "XX"], 10])
  paste(page, 0, data)
  assert.deepEqual(page.stretches[0], [" world", "suggestion", "Bob"])
  assert.deepEqual(page.claims[1], [{ length: 6, revision: 7, position: 5 }])
})

test("what was not saved yet is named by its update", () => {
  const page = new Page()
  page.edit(12, 12, " Yes")
  const data = copy(page, 10, 15)
  page.edit(16, 16, "!")
  paste(page, 0, data)
  const own = { session_id: "session-of-ada", number: 0, position: 0 }
  assert.deepEqual(page.claims, [null, null, [{ length: 2, revision: 7, position: 10 }, { length: 3, ...own }]])
})

test("a copy that a closed tab left is still a copy", () => {
  const page = new Page()
  paste(page, 12, copy(page, 3, 8))
  const [update] = page.collab.queue.updates
  const session = { session_id: "session-of-ada", revision: 7, length: 12, first_number: 0 }
  const queue = UpdateQueue.restore(session, JSON.parse(JSON.stringify([toFrame(update)])))
  assert.deepEqual(queue.takeBatch().updates, [toFrame(update)])
  assert.deepEqual(toFrame(update).copied_from, [{ length: 5, revision: 7, position: 3 }])
})

test("undoing a deletion gives everybody their words back", () => {
  const page = new Page()
  page.edit(0, 12, "", "delete.selection")
  page.press("Mod-z")
  assert.deepEqual(page.stretches, WHOLE)
  assert.deepEqual(page.claims[1], [{ length: 12, revision: 7, position: 0 }])
})

test("letters deleted one by one come back as one undo, whose they were", () => {
  const page = new Page()
  for (const at of [8, 7, 6, 5, 4]) page.edit(at, at + 1, "", "delete.backward")
  page.press("Mod-z")
  assert.deepEqual(page.stretches, WHOLE)
})

test("letters deleted forwards and then backwards come back in their order", () => {
  const page = new Page()
  for (const at of [6, 6]) page.edit(at, at + 1, "", "delete.forward")
  for (const at of [5, 4]) page.edit(at, at + 1, "", "delete.backward")
  page.press("Mod-z")
  assert.deepEqual(page.stretches, WHOLE)
})

test("an undo finds its words although others wrote and deleted around them", () => {
  const page = new Page()
  page.edit(5, 11, "", "delete.selection")
  page.confirm()
  page.hear([[3, "Oh"], 2, [0, "?"], 1])
  page.press("Mod-z")
  assert.deepEqual(page.stretches.find(([, origin]) => origin === "suggestion"), [" world", "suggestion", "Bob"])
  assert.deepEqual(page.claims, [[{ length: 6, revision: 7, position: 5 }]])
})

test("typing over words and undoing that brings them back", () => {
  const page = new Page()
  page.edit(3, 8, "xyz")
  page.press("Mod-z")
  assert.deepEqual(page.stretches, WHOLE)
  page.press("Mod-y")
  assert.equal(page.state.doc.toString(), "Helxyzrld!")
  assert.deepEqual(page.stretches[1], ["xyz", "typed", "Ada"])
})

test("a suggestion that is undone and redone is a suggestion", () => {
  const page = new Page()
  page.accept(12, " So it was.")
  page.press("Mod-z")
  page.press("Mod-y")
  assert.deepEqual(page.stretches.at(-1), [" So it was.", "suggestion", "Ada"])
  assert.deepEqual(page.claims[2], [{ length: 11, session_id: "session-of-ada", number: 0, position: 0 }])
})

test("of equal words the ones that went last come back first", () => {
  const page = new Page("ab", { sources: [MACHINE], runs: [[2, 0]] })
  page.edit(0, 2, "", "delete.selection")
  page.edit(0, 0, "ab", "input.paste")
  page.edit(0, 2, "", "delete.cut", isolateHistory.of("full"))
  page.press("Mod-z")
  assert.deepEqual(page.stretches, [["ab", "pasted", "Ada"]])
  page.press("Mod-z")
  page.press("Mod-z")
  assert.deepEqual(page.stretches, [["ab", "suggestion", "Bob"]])
})

test("where the server does not believe a copy, the page does not either", () => {
  const page = new Page()
  paste(page, 12, copy(page, 5, 11))
  page.edit(14, 14, "X")
  page.confirm(null)
  assert.deepEqual(page.stretches.slice(-3), [[" w", "pasted", "Ada"], ["X", "typed", "Ada"], ["orld", "pasted", "Ada"]])
})

test("what the server knows of a suggestion replaces what the page believed", () => {
  const page = new Page()
  page.accept(12, " So.")
  page.hear([[0, "Oh. "], 12])
  page.confirm({ request_id: "r2", index: 0, checkpoint: "gpt2", is_verified: false })
  const source = runsOf(page.state).between(16, 20).at(-1).source
  assert.equal(source.provenance.is_verified, false)
})

test("places go back and forward through a change", () => {
  const changes = ChangeSet.of([{ from: 2, to: 4, insert: "xyz" }, { from: 8, insert: "!" }], 10)
  assert.deepEqual(insertions(changes), [{ from: 2, length: 3, offset: 0 }, { from: 9, length: 1, offset: 3 }])
  assert.deepEqual(stepBack([{ from: 1, length: 9, offset: 0 }], changes), {
    before: [{ from: 1, length: 1, offset: 0 }, { from: 4, length: 4, offset: 4 }],
    inserted: [{ from: 0, length: 3, offset: 1 }, { from: 3, length: 1, offset: 8 }],
  })
  assert.deepEqual(stepForward([{ from: 1, length: 9, offset: 0 }], changes), [
    { from: 1, length: 1, offset: 0 }, { from: 5, length: 4, offset: 3 }, { from: 10, length: 2, offset: 7 },
  ])
  const pieces = [{ length: 3, source: "a" }, { length: 1, source: "b" }]
  assert.deepEqual(creditStretches(insertions(changes), pieces), [{ from: 2, length: 3, source: "a" }, { from: 9, length: 1, source: "b" }])
})

import assert from "node:assert/strict"
import test from "node:test"
import * as suggesting from "../../static/js/suggestion_state.js"
import { ChangeSet } from "../../static/vendor/codemirror.js"

const ANCHOR = 100

function streamed(texts, mode = "menu") {
  let state = suggesting.asked(suggesting.open(mode, ANCHOR), "r1", texts.length)
  for (const [index, text] of texts.entries()) state = suggesting.extended(state, "r1", index, text)
  return state
}

function whole(texts, mode) {
  let state = streamed(texts, mode)
  for (const index of texts.keys()) state = suggesting.finished(state, "r1", index, "stop")
  return state
}

const textsOf = (state) => state.rows.map((row) => suggesting.remainder(state, row))

test("rows have their places before any text came", () => {
  const state = suggesting.asked(suggesting.open("menu", ANCHOR), "r1", 3)
  assert.deepEqual(textsOf(state), ["", "", ""])
  assert.equal(state.requests[0].status, "waiting")
})

test("text streams into its row and no other", () => {
  const state = suggesting.extended(streamed([" the", " a", " no"]), "r1", 1, " man")
  assert.deepEqual(textsOf(state), [" the", " a man", " no"])
  assert.equal(state.requests[0].status, "writing")
})

test("a request is finished when all its rows are", () => {
  assert.equal(suggesting.finished(streamed([" a", " b"]), "r1", 0, "stop").requests[0].status, "writing")
  assert.equal(whole([" a", " b"]).requests[0].status, "finished")
})

test("text for a row that is finished is ignored", () => {
  assert.deepEqual(textsOf(suggesting.extended(whole([" a"]), "r1", 0, " more")), [" a"])
})

test("typing on shortens the rows that begin with it and drops the others", () => {
  const state = suggesting.typedOn(whole([" the sea", " a man", " the end"]), " t")
  assert.deepEqual(textsOf(state), ["he sea", "he end"])
  assert.equal(suggesting.caretOf(state), ANCHOR + 2)
})

test("typing what no row begins with leaves nothing", () => {
  assert.equal(suggesting.typedOn(whole([" the sea"]), "x"), null)
})

test("a row that is typed to its end is gone", () => {
  assert.equal(suggesting.typedOn(whole([" no"]), " no"), null)
})

test("typing on before any text came waits for what fits", () => {
  let state = suggesting.typedOn(suggesting.asked(suggesting.open("menu", ANCHOR), "r1", 2), " th")
  state = suggesting.extended(state, "r1", 0, " the")
  state = suggesting.extended(state, "r1", 1, " a")
  assert.deepEqual(textsOf(state), ["e"])
})

test("a second request adds its rows under the first and keeps those", () => {
  let state = suggesting.typedOn(whole([" the sea", " the end"]), " the")
  state = suggesting.asked(state, "r2", 1)
  state = suggesting.extended(state, "r2", 0, " dark")
  assert.deepEqual(textsOf(state), [" sea", " end", " dark"])
})

test("a repeated row of a later request is dropped, the first stays", () => {
  let state = suggesting.asked(whole([" the sea"]), "r2", 2)
  state = suggesting.extended(suggesting.extended(state, "r2", 0, " the sea"), "r2", 1, " a man")
  state = suggesting.finished(suggesting.finished(state, "r2", 0, "stop"), "r2", 1, "stop")
  assert.deepEqual(state.rows.map(({ requestId, index }) => `${requestId}.${index}`), ["r1.0", "r2.1"])
})

test("an empty continuation is no row", () => {
  let state = suggesting.asked(suggesting.open("menu", ANCHOR), "r1", 2)
  state = suggesting.finished(suggesting.extended(state, "r1", 0, " a"), "r1", 1, "stop")
  assert.deepEqual(textsOf(state), [" a"])
})

test("the choice goes round and stays with its row", () => {
  let state = whole([" a1", " b1", " a2"])
  assert.equal(suggesting.choose(state, 1).chosen, 0)
  assert.equal(suggesting.choose(state, -1).chosen, 2)
  state = suggesting.choose(state, -1)
  assert.equal(suggesting.typedOn(state, " a").chosen, 1)
  assert.equal(suggesting.choose(state, 1).chosen, 0)
})

test("without a choice the first row with text is taken", () => {
  const state = suggesting.extended(suggesting.asked(suggesting.open("menu", 0), "r1", 2), "r1", 1, " a")
  assert.equal(suggesting.activeRow(state).index, 1)
  assert.equal(suggesting.activeRow(suggesting.asked(suggesting.open("menu", 0), "r1", 2)), null)
})

test("ghost text goes on from the first row when cycled", () => {
  assert.equal(suggesting.choose(whole([" a", " b"], "ghost"), 1).chosen, 1)
})

test("a failure keeps the rows that have text and tells why", () => {
  let state = suggesting.asked(whole([" a"]), "r2", 3)
  state = suggesting.failed(state, "r2", "busy", "Twelve requests wait.")
  assert.deepEqual(textsOf(state), [" a"])
  assert.equal(state.requests[1].message, "Twelve requests wait.")
})

test("a failure without rows stays to be read until the writer types on", () => {
  const state = suggesting.failed(suggesting.asked(suggesting.open("menu", 0), "r1", 3), "r1", "busy", "Busy.")
  assert.deepEqual(state.rows, [])
  assert.equal(suggesting.typedOn(state, "x"), null)
})

test("the anchor follows an edit far away and gives way to one nearby", () => {
  const state = whole([" a"])
  const at = (position) => ChangeSet.of({ from: position, insert: "hello" }, 400)
  assert.equal(suggesting.moved(state, at(10)).anchor, ANCHOR + 5)
  assert.equal(suggesting.moved(state, at(300)).anchor, ANCHOR)
  assert.equal(suggesting.moved(state, at(ANCHOR - 20)), null)
  assert.equal(suggesting.moved(state, at(ANCHOR)), null)
})

test("only requests that are not over have to be cancelled", () => {
  const state = suggesting.asked(whole([" a"]), "r2", 1)
  assert.deepEqual(suggesting.openRequests(state), ["r2"])
})

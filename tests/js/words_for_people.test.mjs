import assert from "node:assert/strict"
import test from "node:test"
import { describe } from "../../static/js/announce.js"
import { describeSource, machineRanges } from "../../static/js/attribution.js"
import { describeState } from "../../static/js/checkpoint_text.js"
import { placeMenu } from "../../static/js/menu_place.js"
import { describeSaved } from "../../static/js/saved.js"
import { describeFinish, describeStatus } from "../../static/js/status_text.js"
import * as suggesting from "../../static/js/suggestion_state.js"
import { Trail } from "../../static/js/trail.js"
import { ChangeSet } from "../../static/vendor/codemirror.js"

test("saved means that the server has everything", () => {
  assert.equal(describeSaved("joined", 0).text, "Saved")
  assert.equal(describeSaved("joined", 2).text, "Saving…")
  assert.equal(describeSaved("offline", 1).text, "Offline, 1 change kept here")
  assert.equal(describeSaved("offline", 0).text, "Offline")
  assert.equal(describeSaved("joined", 2, { isFailing: true }).text, "Not saved, 2 changes kept here")
  assert.equal(describeSaved("offline", 1, { isKept: false }).text, "Offline, 1 change on this page only")
})

test("the status line names the checkpoint and how fast it was", () => {
  const measured = {
    phase: "finished", checkpoint: "novels-7m", firstTextMs: 84.2, tokensPerSecond: 210.4, finishReason: "stop", stopAt: "sentence", code: null,
  }
  assert.deepEqual(describeStatus("joined", measured), {
    state: "idle", text: "Ready", details: ["novels-7m", "first words after 84 ms", "210 tokens/s", "stopped at the sentence"],
  })
  assert.equal(describeStatus("offline", measured).text, "Offline")
  assert.equal(describeStatus("joined", { ...measured, phase: "failed", code: "busy" }).state, "busy")
})

test("finish reasons are told in words", () => {
  assert.equal(describeFinish("deadline", "word"), "ran out of time")
  assert.equal(describeFinish("stop", "paragraph"), "stopped at the paragraph")
})

test("a checkpoint that is not ready says who answers instead", () => {
  assert.match(describeState({ state: "loading", reason: "", progress: 0.4 }), /40 %.*default/)
  assert.match(describeState({ state: "failed", reason: "no such file", progress: null }), /no such file/)
})

test("machine-written ranges are read from the runs", () => {
  const sources = [{ origin: "typed" }, { origin: "suggestion", id: 1 }]
  assert.deepEqual(machineRanges({ sources, runs: [[5, 0], [3, 1], [2, 0]] }), [{ from: 5, to: 8, source: sources[1] }])
  assert.deepEqual(machineRanges(null), [])
})

test("machine-written text tells where it comes from", () => {
  const provenance = { checkpoint: "novels-7m", params: { temperature: 1 }, is_verified: true }
  const text = describeSource({ author: { name: "Quiet Heron" }, origin: "suggestion", provenance, at: "2026-11-21T14:02:00" })
  assert.match(text, /^novels-7m, temperature 1\.0, accepted by Quiet Heron at /)
})

test("what was suggested to another than who took it names both", () => {
  const [ada, bob] = [{ name: "Ada", color: 1 }, { name: "Bob", color: 2 }]
  const provenance = { checkpoint: "gpt2", params: { temperature: 0.9 }, asker: bob, is_verified: true }
  const source = { author: ada, origin: "suggestion", provenance, at: "2026-11-21T14:02:00" }
  assert.match(describeSource(source), /^gpt2, temperature 0\.9, suggested to Bob, accepted by Ada at /)
  assert.doesNotMatch(describeSource({ ...source, author: bob }), /suggested to/)
})

test("the menu goes under the line, and over it where there is no room", () => {
  const room = { left: 0, right: 1000, top: 50, bottom: 700 }
  const size = { width: 400, height: 200 }
  const below = placeMenu({ left: 300, top: 100, bottom: 120 }, size, room, null)
  assert.equal(below.side, "below")
  assert.ok(below.top > 120)
  const above = placeMenu({ left: 300, top: 600, bottom: 620 }, size, room, null)
  assert.equal(above.side, "above")
  assert.ok(above.bottom < 600)
})

test("the menu stays on its side while it fits, and inside the page", () => {
  const room = { left: 0, right: 1000, top: 50, bottom: 700 }
  const caret = { left: 900, top: 350, bottom: 370 }
  const place = placeMenu(caret, { width: 400, height: 200 }, room, "above")
  assert.equal(place.side, "above")
  assert.ok(place.left + 400 <= 1000)
})

test("readers hear of suggestions as a sentence", () => {
  let state = suggesting.asked(suggesting.open("menu", 0), "r1", 2)
  assert.equal(describe(state), "Waiting for suggestions.")
  state = suggesting.extended(suggesting.extended(state, "r1", 0, " the sea"), "r1", 1, " a man")
  assert.equal(describe(state), "2 suggestions. First: the sea. Arrow keys choose.")
  assert.equal(describe(suggesting.choose(state, -1)), "a man, 2 of 2")
})

test("a caret of an earlier revision is brought up to date", () => {
  const trail = new Trail()
  trail.add(1, ChangeSet.fromJSON([[0, "abc"], 10]))
  trail.add(2, ChangeSet.fromJSON([13, [0, "x"]]))
  assert.equal(trail.bringForward(4, 0), 7)
  assert.equal(trail.bringForward(4, 1), 4)
})

import assert from "node:assert/strict"
import test from "node:test"
import { FakeTimers } from "./fake_platform.mjs"

globalThis.addEventListener ??= () => {}
const { Saved } = await import("../../static/js/saved.js")

function setUp() {
  const element = { dataset: {}, textContent: "Connecting…" }
  const collab = { numUnconfirmed: 0, isFailing: false, hasStopped: false }
  const timers = new FakeTimers()
  const saved = new Saved(element, collab, { isTroubled: false }, timers)
  const drawWith = (numUnconfirmed) => {
    collab.numUnconfirmed = numUnconfirmed
    saved.draw()
  }
  saved.connected("joined")
  return { element, collab, timers, saved, drawWith }
}

test("a page that has just been opened says at once that all is saved", () => {
  const { element, timers } = setUp()
  assert.equal(element.textContent, "Saved")
  assert.equal(timers.size, 0)
})

test("what is not saved is told at once, that all is saved after a pause", () => {
  const { element, timers, drawWith } = setUp()
  drawWith(1)
  assert.equal(element.textContent, "Saving…")
  drawWith(0)
  assert.equal(element.textContent, "Saving…")
  timers.goOff()
  assert.deepEqual([element.textContent, element.dataset.state], ["Saved", "saved"])
})

test("the word stays the same from key to key", () => {
  const { element, timers, drawWith } = setUp()
  drawWith(1)
  drawWith(0)
  drawWith(1)
  assert.equal(timers.size, 0)
  assert.equal(element.textContent, "Saving…")
})

test("others who write on meanwhile do not put it off", () => {
  const { timers, drawWith } = setUp()
  drawWith(1)
  drawWith(0)
  const { last } = timers
  drawWith(0)
  assert.deepEqual([timers.size, timers.last], [1, last])
})

test("a connection that is lost in the pause is told at once, and the pause is over", () => {
  const { element, timers, saved, drawWith } = setUp()
  drawWith(1)
  drawWith(0)
  saved.connected("offline")
  assert.equal(element.textContent, "Offline")
  assert.equal(timers.size, 0)
})

import assert from "node:assert/strict"
import test from "node:test"
import { setImmediate as settled } from "node:timers/promises"
import { KeptEdits } from "../../static/js/kept_edits.js"
import { UpdateQueue } from "../../static/js/update_queue.js"
import { ChangeSet, Text } from "../../static/vendor/codemirror.js"
import { FakeKeptStore } from "./fake_kept_store.mjs"
import { FakeTimers } from "./fake_platform.mjs"

async function open(opening) {
  const store = new FakeKeptStore()
  const timers = new FakeTimers()
  const clock = { now: 0 }
  const queue = new UpdateQueue("tab", 7, 5, Text.of(["hello"]))
  const tab = { sessionId: "tab", path: "/documents/1/", readQueue: () => queue }
  const kept = new KeptEdits(tab, opening ?? Promise.resolve(store), { ...timers, now: () => clock.now })
  const troubles = []
  kept.onTrouble = ({ name }) => troubles.push(name)
  await settled()
  const type = (words, origin = "typed", source = null) => {
    const end = queue.updates.at(-1)?.changes.newLength ?? queue.length
    queue.add(ChangeSet.of({ from: end, insert: words }, end), origin, source)
    kept.changed()
  }
  const later = async (milliseconds = 250) => {
    clock.now += milliseconds
    timers.goOff()
    await settled()
  }
  return { store, timers, queue, kept, troubles, type, later }
}

const saves = (queue, number) => queue.receive({ session_id: "tab", number, changes: queue.updates[0].changes.toJSON() })

test("what is saved at once is never written down", async () => {
  const { store, queue, kept, type, later } = await open()
  type("!")
  saves(queue, 0)
  kept.changed()
  await later()
  assert.equal(store.numWrites, 0)
})

test("somebody who types on over a good connection does not make the page write", async () => {
  const { store, queue, kept, type, later } = await open()
  for (let number = 0; number < 40; number++) {
    type("a")
    queue.takeBatch()
    type("b")
    await later(125)
    saves(queue, number)
    queue.connectionLost()
    kept.changed()
  }
  assert.equal(store.numWrites, 0)
})

test("what stays unsaved is written down, and forgotten when it is saved", async () => {
  const { store, queue, kept, type, later } = await open()
  type(" there")
  type("!", "suggestion", { requestId: "r1", index: 2 })
  await later()
  const { session, updates } = await store.read("tab")
  assert.deepEqual({ ...session, at: null }, {
    session_id: "tab", path: "/documents/1/", revision: 7, length: 5, first_number: 0, at: null,
  })
  assert.deepEqual(updates, [
    { changes: [5, [0, " there"]], origin: "typed" },
    { changes: [11, [0, "!"]], origin: "suggestion", request_id: "r1", index: 2 },
  ])
  saves(queue, 0)
  saves(queue, 1)
  kept.changed()
  await later()
  assert.equal(await store.read("tab"), null)
})

test("many keys are one write, and only what changed is written again", async () => {
  const { store, queue, type, later } = await open()
  const written = []
  const write = store.write.bind(store)
  store.write = (session, updates, text) => {
    written.push(updates.map(({ number }) => number))
    return write(session, updates, text)
  }
  for (const letter of "a long sentence") type(letter)
  await later()
  queue.takeBatch()
  type("more")
  await later()
  type("still")
  await later()
  assert.deepEqual(written, [[0], [1], [1]])
})

test("what moved over somebody else's update is written again, on the revision it stands on now", async () => {
  const { store, queue, kept, type, later } = await open()
  type("!")
  await later()
  queue.receive({ session_id: "other", number: 0, changes: [[0, "Oh "], 5] })
  kept.changed()
  await later()
  const { session, updates } = await store.read("tab")
  assert.deepEqual([session.revision, session.length, updates[0].changes], [8, 8, [8, [0, "!"]]])
})

test("updates that were saved meanwhile are not kept any longer", async () => {
  const { store, queue, kept, type, later } = await open()
  type("a")
  queue.takeBatch()
  type("b")
  await later()
  saves(queue, 0)
  kept.changed()
  await later()
  const { session, updates } = await store.read("tab")
  assert.deepEqual([session.first_number, updates.map(({ changes }) => changes)], [1, [[6, [0, "b"]]]])
})

test("the text around the edits is kept once nothing was saved for a while", async () => {
  const { store, timers, type, later } = await open()
  type("a")
  await later()
  assert.equal((await store.read("tab")).text, null)
  for (let times = 0; times < 10; times++) await later()
  assert.equal((await store.read("tab")).text, "hello")
  assert.deepEqual([store.numWrites, timers.size], [2, 0])
})

test("a page that goes writes at once, and only what is not written yet", async () => {
  const { store, kept, type } = await open()
  type("a")
  kept.hurry()
  assert.ok(kept.isBehind)
  await settled()
  kept.hurry()
  kept.changed()
  assert.deepEqual([(await store.read("tab")).updates.length, store.numWrites], [1, 1])
  assert.ok(!kept.isBehind)
})

test("a full disk is told once, and all of it is kept as soon as there is room", async () => {
  const { store, kept, troubles, type, later } = await open()
  store.trouble = new DOMException("no room", "QuotaExceededError")
  type("a")
  await later()
  type("b", "pasted")
  await later()
  assert.deepEqual(troubles, ["QuotaExceededError"])
  assert.ok(kept.isTroubled && kept.isBehind)
  store.trouble = null
  type("c", "pasted")
  await later()
  assert.equal((await store.read("tab")).updates.length, 3)
  assert.ok(!kept.isTroubled && !kept.isBehind)
})

test("a browser that keeps nothing says so when there is something to keep, not before", async () => {
  const { kept, troubles, type, later } = await open(Promise.reject(new DOMException("private", "InvalidStateError")))
  await later()
  assert.deepEqual([troubles, kept.isBehind], [[], false])
  type("a")
  await later()
  type("b")
  await later()
  assert.deepEqual([troubles, kept.isBehind], [["InvalidStateError"], true])
})

test("a page asks before it goes only while something is not kept yet", async () => {
  const { kept, type, later } = await open()
  assert.ok(!kept.isBehind)
  type("a")
  assert.ok(kept.isBehind)
  await later()
  assert.ok(!kept.isBehind)
})

import assert from "node:assert/strict"
import test from "node:test"
import { Exchange } from "../../static/js/exchange.js"
import { UpdateQueue } from "../../static/js/update_queue.js"
import { ChangeSet } from "../../static/vendor/codemirror.js"
import { FakeAuthority } from "./fake_authority.mjs"
import { FakeServer } from "./fake_server.mjs"

/** A tab without an editor on a server. */
function open(text = "", sessionId = "tab-of-ada") {
  const server = new FakeServer(new FakeAuthority(text))
  const stops = []
  const socket = server.makeSocket(() => exchange.makeJoin())
  const exchange = new Exchange(socket, sessionId, (code) => stops.push(code), server.timers)
  const failing = []
  exchange.onFailing = (isFailing) => failing.push(isFailing)
  socket.onState = (state) => state === "offline" && exchange.connectionLost()
  socket.on("welcome", (welcome) => {
    if (exchange.queue) return exchange.resume(welcome)
    exchange.queue = new UpdateQueue(sessionId, welcome.document.revision, text.length)
  })
  socket.open()
  server.run()
  const type = (words) => {
    const { length, updates } = exchange.queue
    const now = updates.at(-1)?.changes.newLength ?? length
    exchange.queue.add(ChangeSet.of({ from: now, insert: words }, now), "typed")
    exchange.push()
  }
  return { server, socket, exchange, stops, failing, type }
}

test("an edit is saved", () => {
  const { server, exchange, failing, type } = open()
  type("once")
  server.run()
  assert.equal(server.authority.text.toString(), "once")
  assert.deepEqual([exchange.numUnconfirmed, failing], [0, []])
})

test("an edit that the database could not take is sent again until it is saved, once", () => {
  const { server, exchange, stops, failing, type } = open()
  server.errorCode = "unavailable"
  type("once")
  server.run()
  assert.deepEqual([exchange.numUnconfirmed, failing], [1, [true]])
  server.timers.goOff()
  server.run()
  server.errorCode = null
  server.timers.goOff()
  server.run()
  assert.equal(server.authority.text.toString(), "once")
  assert.deepEqual([exchange.numUnconfirmed, failing, stops], [0, [true, false], []])
})

test("while saving fails the server is asked less and less often, also by somebody who types on", () => {
  const { server, type } = open()
  server.errorCode = "unavailable"
  const waits = []
  for (let attempt = 0; attempt < 6; attempt++) {
    type("x")
    server.run()
    type("y")
    server.run()
    assert.equal(server.timers.size, 1)
    waits.push(...server.timers.delays)
    server.timers.goOff()
  }
  const sent = server.connections[0].browser.sent.filter(({ type }) => type === "edit")
  assert.ok(sent.length <= 8, `${sent.length} edits`)
  assert.ok(waits[5] > waits[0] && waits[5] <= 4000, String(waits))
})

test("an error that belongs to a suggestion does not touch the edit in flight", () => {
  const { server, failing, type } = open()
  type("once")
  server.connections[0].browser.says({ type: "error", code: "unavailable", message: "", request_id: "r1" })
  assert.deepEqual(failing, [])
})

test("a refusal that is final stops it all", () => {
  const { server, stops, type } = open()
  server.refusalCode = "too_long"
  type("once")
  server.run()
  type("more")
  server.run()
  assert.deepEqual(stops, ["too_long"])
  assert.equal(server.connections[0].browser.sent.filter(({ type }) => type === "edit").length, 1)
})

test("after a break nothing is sent before everything that others wrote is here", () => {
  const { server, exchange, type } = open("hello")
  server.cut()
  for (let number = 0; number < 3; number++) server.authority.commit("other", number, ChangeSet.of({ from: 0, insert: "x" }, 5 + number))
  type(" there")
  server.timers.goOff()
  server.run()
  const [edit] = server.connections[0].browser.sent.filter(({ type }) => type === "edit")
  assert.equal(edit.revision, 3)
  assert.equal(server.authority.text.toString(), "xxxhello there")
  assert.equal(exchange.numUnconfirmed, 0)
})

test("an edit that was saved but not confirmed before the break is not doubled", () => {
  const { server, exchange, type } = open()
  server.isMute = true
  type("once")
  server.run()
  server.cut()
  server.isMute = false
  server.timers.goOff()
  server.run()
  assert.equal(server.authority.text.toString(), "once")
  assert.equal(exchange.numUnconfirmed, 0)
})

test("an edit that nobody confirms makes the tab join anew", () => {
  const { server, socket, exchange, type } = open()
  server.isMute = true
  type("once")
  server.run()
  server.timers.goOff()
  assert.equal(socket.state, "offline")
  server.isMute = false
  server.run()
  assert.deepEqual([socket.state, exchange.numUnconfirmed], ["joined", 0])
})

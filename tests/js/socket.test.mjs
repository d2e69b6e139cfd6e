import assert from "node:assert/strict"
import test from "node:test"
import { backOff } from "../../static/js/back_off.js"
import { finalMessage } from "../../static/js/close_codes.js"
import { Socket } from "../../static/js/socket.js"
import { Welcome } from "../../static/js/welcome.js"
import { FakeTimers, FakeWebSocket } from "./fake_platform.mjs"

const WELCOME = { type: "welcome", document: { num_parts: 0, text: "hello", revision: 0 } }

function makeSocket(prepare = () => {}) {
  FakeWebSocket.made = []
  const timers = new FakeTimers()
  const platform = { WebSocket: FakeWebSocket, ...timers }
  const socket = new Socket("ws://here/", () => ({ type: "join", revision: null }), platform)
  const states = []
  prepare(socket)
  socket.onState = (state, message) => states.push(message ? `${state}: ${message}` : state)
  socket.open()
  return { socket, states, timers, newest: () => FakeWebSocket.made.at(-1) }
}

test("nothing is sent between joining and the welcome", () => {
  const { socket, newest } = makeSocket()
  newest().opens()
  assert.equal(socket.send({ type: "edit" }), false)
  assert.deepEqual(newest().sent, [{ type: "join", revision: null }])
  newest().says(WELCOME)
  assert.equal(socket.send({ type: "edit" }), true)
})

test("a broken connection is made again after a while", () => {
  const { states, timers, newest } = makeSocket()
  newest().opens()
  newest().says(WELCOME)
  newest().breaks(1006)
  assert.equal(timers.size, 1)
  timers.goOff()
  assert.equal(FakeWebSocket.made.length, 2)
  newest().opens()
  newest().says(WELCOME)
  assert.deepEqual(states, ["joined", "offline", "joined"])
})

test("a restarting server is waited for", () => {
  const { states, timers, newest } = makeSocket()
  newest().breaks(4503)
  assert.deepEqual(states, ["offline"])
  assert.equal(timers.size, 1)
})

for (const code of [4400, 4401, 4403, 4404, 4408, 4409, 4426, 4429, 4499]) {
  test(`close code ${code} is final and says why`, () => {
    const { states, timers, newest } = makeSocket()
    newest().breaks(code)
    assert.equal(timers.size, 0)
    assert.match(states[0], /^closed: .{20}/)
  })
}

test("a join that nobody answers is tried again", () => {
  const { states, timers, newest } = makeSocket()
  newest().opens()
  timers.goOff()
  assert.deepEqual(states, ["offline"])
  timers.goOff()
  assert.equal(FakeWebSocket.made.length, 2)
  newest().opens()
  newest().says(WELCOME)
  assert.equal(timers.size, 0)
})

test("a server that can let nobody in now is asked again, and the page hears nothing of it", () => {
  const { socket, states, timers, newest } = makeSocket()
  const errors = []
  socket.on("error", (frame) => errors.push(frame))
  newest().opens()
  newest().says({ type: "error", code: "unavailable", message: "" })
  assert.deepEqual([states, errors, timers.size], [["offline"], [], 1])
})

test("a page that is wanted again does not wait for its back-off", () => {
  const { socket, newest } = makeSocket()
  newest().breaks(1006)
  socket.hurry()
  assert.equal(FakeWebSocket.made.length, 2)
  newest().opens()
  newest().says(WELCOME)
  socket.hurry()
  assert.equal(FakeWebSocket.made.length, 2)
})

test("a rejoin does not listen to the connection it left", () => {
  const { socket, timers, newest } = makeSocket()
  const old = newest()
  old.opens()
  old.says(WELCOME)
  const frames = []
  socket.on("document_edited", (frame) => frames.push(frame))
  socket.rejoin()
  old.says({ type: "document_edited" })
  old.breaks(1000)
  assert.deepEqual(frames, [])
  newest().opens()
  newest().says(WELCOME)
  assert.equal(timers.size, 0)
})

test("back-off grows from half a second to four, never the same for all", () => {
  assert.equal(backOff(0, () => 0), 250)
  assert.equal(backOff(0, () => 1), 500)
  assert.equal(backOff(2, () => 1), 2000)
  assert.equal(backOff(10, () => 1), 4000)
  assert.equal(backOff(10, () => 0), 2000)
})

test("codes outside 4400 to 4499 are not final", () => {
  for (const code of [1000, 1001, 1006, 4399, 4500, 4503]) assert.equal(finalMessage(code), null)
})

test("a long welcome is put together from its parts", () => {
  const welcome = new Welcome()
  const source = { origin: "typed" }
  const credits = [null, null, { sources: [source], runs: [] }, { sources: [], runs: [[4, 0]] }, { sources: [], runs: [[3, 0]] }]
  assert.equal(welcome.add({ type: "welcome", document: { num_parts: 5, text: null, title: "T" } }), null)
  const frames = ["one ", "two", "", "", ""].map((text, part) => ({ type: "welcome_part", part, text, attribution: credits[part] }))
  const answers = frames.map((frame) => welcome.add(frame))
  assert.deepEqual(answers.slice(0, 4), [null, null, null, null])
  const attribution = { sources: [source], runs: [[4, 0], [3, 0]] }
  assert.deepEqual(answers[4].document, { num_parts: 5, text: "one two", title: "T", attribution })
})

test("who listens late hears all, in order", () => {
  const { socket, states, newest } = makeSocket((socket) => socket.hold())
  newest().opens()
  newest().says(WELCOME)
  newest().says({ type: "renamed", title: "One" })
  assert.deepEqual(states, [])
  const heard = []
  socket.onState = (state) => heard.push(state)
  for (const type of ["welcome", "renamed"]) socket.on(type, (frame) => heard.push(frame.type))
  socket.release()
  newest().says({ type: "renamed", title: "Two" })
  newest().breaks(1006)
  assert.deepEqual(heard, ["joined", "welcome", "renamed", "renamed", "offline"])
})

test("who listens late hears of the newest connection only", () => {
  const { socket, states, timers, newest } = makeSocket((socket) => socket.hold())
  const texts = []
  newest().opens()
  newest().says(WELCOME)
  newest().breaks(1006)
  timers.goOff()
  newest().opens()
  newest().says({ ...WELCOME, document: { ...WELCOME.document, text: "hello again" } })
  socket.on("welcome", (frame) => texts.push(frame.document.text))
  socket.release()
  assert.deepEqual([texts, states], [["hello again"], ["joined"]])
})

test("who listens late hears that the page was refused", () => {
  const { socket, states, newest } = makeSocket((socket) => socket.hold())
  newest().breaks(4404)
  socket.release()
  assert.match(states[0], /^closed: .{20}/)
})

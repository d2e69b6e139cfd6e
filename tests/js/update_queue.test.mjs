import assert from "node:assert/strict"
import test from "node:test"
import { UpdateQueue } from "../../static/js/update_queue.js"
import { ChangeSet, Text } from "../../static/vendor/codemirror.js"
import { FakeAuthority, seeded } from "./fake_authority.mjs"

/** A tab without an editor: local text, a queue, and the frames under way in both directions. */
class Tab {
  constructor(sessionId, authority) {
    this.authority = authority
    this.queue = new UpdateQueue(sessionId, authority.revision, authority.text.length)
    this.text = authority.text
    this.underWay = []
  }

  edit(spec, origin = "typed", source = null) {
    const changes = ChangeSet.of(spec, this.text.length)
    this.text = changes.apply(this.text)
    this.queue.add(changes, origin, source)
  }

  send() {
    const frame = this.queue.takeBatch()
    if (frame) this.underWay.push(frame)
    return frame
  }

  deliver() {
    const frame = this.underWay.shift()
    if (frame) this.authority.accept(this.queue.sessionId, JSON.parse(JSON.stringify(frame)))
  }

  receive(limit = Infinity) {
    for (const update of this.authority.since(this.queue.revision).updates.slice(0, limit)) {
      const changes = this.queue.receive(update)
      if (changes) this.text = changes.apply(this.text)
    }
  }

  reconnect() {
    this.underWay = []
    this.queue.connectionLost()
  }

  settle() {
    for (let round = 0; round < 50; round++) {
      this.receive()
      this.send()
      this.deliver()
    }
    this.receive()
  }
}

test("an edit is sent, comes back, and is saved", () => {
  const authority = new FakeAuthority("once")
  const tab = new Tab("a", authority)
  tab.edit({ from: 4, insert: " upon" })
  const frame = tab.send()
  assert.equal(frame.first_number, 0)
  assert.equal(frame.revision, 0)
  tab.deliver()
  tab.receive()
  assert.equal(tab.queue.size, 0)
  assert.equal(authority.text.toString(), "once upon")
})

test("only one edit is in flight", () => {
  const tab = new Tab("a", new FakeAuthority())
  tab.edit({ from: 0, insert: "a" })
  assert.ok(tab.send())
  tab.edit({ from: 1, insert: "b" })
  assert.equal(tab.send(), null)
})

test("keys typed while an edit is in flight become one update", () => {
  const tab = new Tab("a", new FakeAuthority())
  tab.edit({ from: 0, insert: "a" })
  tab.send()
  for (const [place, letter] of [..."bcd"].entries()) tab.edit({ from: place + 1, insert: letter })
  assert.equal(tab.queue.size, 2)
})

test("what was sent is not joined with what comes later, even when the connection broke", () => {
  const authority = new FakeAuthority()
  const tab = new Tab("a", authority)
  tab.edit({ from: 0, insert: "a" })
  tab.send()
  tab.deliver()
  tab.reconnect()
  tab.edit({ from: 1, insert: "b" })
  tab.settle()
  assert.equal(authority.text.toString(), "ab")
  assert.equal(authority.revision, 2)
})

test("a suggestion stays an update of its own and names its request", () => {
  const tab = new Tab("a", new FakeAuthority())
  tab.edit({ from: 0, insert: "a" })
  tab.edit({ from: 1, insert: " b" }, "suggestion", { requestId: "r1", index: 2 })
  tab.edit({ from: 3, insert: "c" })
  const { updates } = tab.send()
  assert.deepEqual(updates.map(({ origin }) => origin), ["typed", "suggestion", "typed"])
  assert.equal(updates[1].request_id, "r1")
  assert.equal(updates[1].index, 2)
})

test("an edit sent twice is applied once", () => {
  const authority = new FakeAuthority()
  const tab = new Tab("a", authority)
  tab.edit({ from: 0, insert: "once" })
  tab.send()
  tab.deliver()
  tab.reconnect()
  tab.send()
  tab.deliver()
  tab.receive()
  assert.equal(authority.text.toString(), "once")
  assert.equal(tab.queue.size, 0)
})

test("an edit that was lost with its connection is sent again", () => {
  const authority = new FakeAuthority()
  const tab = new Tab("a", authority)
  tab.edit({ from: 0, insert: "lost" })
  tab.send()
  tab.reconnect()
  assert.equal(tab.send().first_number, 0)
  tab.deliver()
  assert.equal(authority.text.toString(), "lost")
})

test("an update of one's own with a number that was not expected is an error", () => {
  const tab = new Tab("a", new FakeAuthority())
  const stray = { session_id: "a", number: 3, changes: [[0, "x"]] }
  assert.throws(() => tab.queue.receive(stray), { name: "OutOfStep" })
})

test("a change that does not fit the text is an error, not a hang", () => {
  const tab = new Tab("a", new FakeAuthority("hello"))
  assert.throws(() => tab.queue.receive({ session_id: "b", number: 0, changes: [9, [0, "x"]] }), { name: "OutOfStep" })
})

test("a long insertion goes in frames of at most 48 KiB and arrives whole", () => {
  const authority = new FakeAuthority("[]")
  const tab = new Tab("a", authority)
  const long = "word \u{1f58b} naïve 日本語 \u0001 ".repeat(12000)
  tab.edit({ from: 1, insert: long }, "pasted")
  const frame = tab.send()
  assert.ok(new TextEncoder().encode(JSON.stringify(frame)).length <= 49 * 1024)
  for (let round = 0; tab.queue.size; round++) {
    assert.ok(round < 200)
    tab.deliver()
    tab.receive()
    tab.send()
  }
  assert.equal(authority.text.toString(), `[${long}]`)
})

test("a thousand replacements at once are split and arrive", () => {
  const authority = new FakeAuthority("ab".repeat(1000))
  const tab = new Tab("a", authority)
  const spec = Array.from({ length: 1000 }, (unused, place) => ({ from: place * 2, to: place * 2 + 1, insert: "longer" }))
  tab.edit(spec)
  assert.ok(tab.queue.size > 1)
  tab.settle()
  assert.equal(authority.text.toString(), "longerb".repeat(1000))
})

test("a position of the server's text is found again behind local edits", () => {
  const tab = new Tab("a", new FakeAuthority("hello"))
  tab.edit({ from: 0, insert: ">> " })
  assert.equal(tab.queue.toLocal(2), 5)
})

for (let seed = 1; seed <= 40; seed++) {
  test(`three tabs with delays and broken connections end up equal (seed ${seed})`, () => {
    const random = seeded(seed)
    const below = (limit) => Math.floor(random() * limit)
    const authority = new FakeAuthority("The tide turned.")
    const tabs = ["a", "b", "c"].map((name) => new Tab(name, authority))
    for (let round = 0; round < 150; round++) {
      const tab = tabs[below(3)]
      const { length } = tab.text
      const from = below(length + 1)
      const act = below(8)
      if (act < 2) tab.edit({ from, insert: "wxyz".slice(below(4)) + round })
      else if (act === 2) tab.edit({ from, to: Math.min(length, from + below(6)) })
      else if (act === 3) tab.edit({ from, insert: "!" }, "suggestion", { requestId: `r${round}`, index: 0 })
      else if (act === 4) tab.send()
      else if (act === 5) tab.deliver()
      else if (act === 6) tab.receive(1 + below(3))
      else if (random() < 0.2) tab.reconnect()
    }
    for (const tab of tabs) tab.settle()
    for (const tab of tabs) tab.settle()
    for (const tab of tabs) {
      assert.equal(tab.queue.size, 0)
      assert.equal(tab.text.toString(), authority.text.toString())
    }
    const replayed = authority.log.reduce((text, row) => ChangeSet.fromJSON(row.changes).apply(text), Text.of(["The tide turned."]))
    assert.equal(replayed.toString(), authority.text.toString())
  })
}

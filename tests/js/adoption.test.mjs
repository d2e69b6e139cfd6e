import assert from "node:assert/strict"
import test from "node:test"
import { setImmediate as settled } from "node:timers/promises"
import { Adoption } from "../../static/js/adoption.js"
import { KeptEdits } from "../../static/js/kept_edits.js"
import { Replay } from "../../static/js/replay.js"
import { UpdateQueue } from "../../static/js/update_queue.js"
import { ChangeSet, Text } from "../../static/vendor/codemirror.js"
import { FakeAuthority, seeded } from "./fake_authority.mjs"
import { FakeKeptStore, FakeLocks } from "./fake_kept_store.mjs"
import { FakeTimers } from "./fake_platform.mjs"
import { FakeServer } from "./fake_server.mjs"

const PATH = "/documents/1/"

/** One browser with one document: what it keeps, its tabs, and the server. */
class Browser {
  constructor(text) {
    this.authority = new FakeAuthority(text)
    this.server = new FakeServer(this.authority)
    this.store = new FakeKeptStore()
    this.locks = new FakeLocks()
  }

  /** A tab that writes, keeps, and is not always heard by the server. */
  tab(sessionId) {
    const { authority, store } = this
    const queue = new UpdateQueue(sessionId, authority.revision, authority.text.length, authority.text)
    const timers = new FakeTimers()
    const kept = new KeptEdits({ sessionId, path: PATH, readQueue: () => queue }, Promise.resolve(store), { setTimeout: timers.setTimeout })
    const tab = { queue, text: authority.text, die: this.locks.hold(sessionId) }
    tab.edit = (spec) => {
      const changes = ChangeSet.of(spec, tab.text.length)
      tab.text = changes.apply(tab.text)
      queue.add(changes, "typed")
    }
    tab.type = (insert, from = tab.text.length) => tab.edit({ from, insert })
    tab.send = () => {
      const frame = queue.takeBatch()
      if (frame) authority.accept(sessionId, JSON.parse(JSON.stringify(frame)))
    }
    tab.hear = () => {
      for (const update of authority.since(queue.revision).updates) {
        const changes = queue.receive(update)
        if (changes) tab.text = changes.apply(tab.text)
      }
    }
    tab.keep = async () => {
      await settled()
      kept.write()
      await settled()
    }
    return tab
  }

  /** A tab that is opened now, and looks for what others left. */
  async visit(sessionId) {
    const replay = (legacy) => {
      const replaying = new Replay(this.server.makeSocket, legacy, this.server.timers)
      const outcome = replaying.run()
      this.server.run()
      return outcome
    }
    const adoption = new Adoption({ sessionId, path: PATH }, this.store, replay, this.locks.whenGone)
    const told = []
    adoption.onSaved = (number) => told.push(number)
    adoption.onRefused = (legacy, code) => told.push(code)
    adoption.look()
    await settled()
    return told
  }
}

test("what a tab that is gone had not sent is saved by the next visit, and forgotten", async () => {
  const browser = new Browser("Once")
  const tab = browser.tab("dead")
  tab.type(" upon")
  await tab.keep()
  tab.die()
  assert.deepEqual(await browser.visit("next"), [1])
  assert.equal(browser.authority.text.toString(), "Once upon")
  assert.equal(await browser.store.read("dead"), null)
  assert.deepEqual(await browser.visit("third"), [])
})

test("what the server has already is not saved twice", async () => {
  const browser = new Browser("Once")
  const tab = browser.tab("dead")
  tab.type(" upon")
  tab.send()
  tab.type(" a time")
  await tab.keep()
  tab.die()
  assert.deepEqual(await browser.visit("next"), [1])
  assert.equal(browser.authority.text.toString(), "Once upon a time")
})

test("nothing is told where the server had it all", async () => {
  const browser = new Browser("Once")
  const tab = browser.tab("dead")
  tab.type(" upon")
  tab.send()
  await tab.keep()
  tab.die()
  assert.deepEqual(await browser.visit("next"), [])
  assert.equal(browser.authority.text.toString(), "Once upon")
  assert.equal(await browser.store.read("dead"), null)
})

test("what was kept before the tab wrote and sent more changes nothing", async () => {
  const browser = new Browser("Once")
  const tab = browser.tab("dead")
  tab.type(" up")
  await tab.keep()
  tab.type("on")
  tab.send()
  tab.type(" a time")
  tab.hear()
  tab.send()
  tab.die()
  await browser.visit("next")
  assert.equal(browser.authority.text.toString(), "Once upon a time")
})

test("what others wrote meanwhile stays, and the edits find their place in it", async () => {
  const browser = new Browser("Here. There.")
  const tab = browser.tab("dead")
  tab.type(" Everywhere.")
  await tab.keep()
  tab.die()
  const friend = browser.tab("friend")
  friend.type("Now. ", 0)
  friend.send()
  await browser.visit("next")
  assert.equal(browser.authority.text.toString(), "Now. Here. There. Everywhere.")
})

test("the edits of a living tab are not touched until it is gone", async () => {
  const browser = new Browser("")
  const tab = browser.tab("alive")
  tab.type("mine")
  await tab.keep()
  const told = await browser.visit("next")
  assert.deepEqual([told, browser.authority.text.toString()], [[], ""])
  tab.die()
  await settled()
  assert.deepEqual([told, browser.authority.text.toString()], [[1], "mine"])
})

test("two tabs that open at once adopt once", async () => {
  const browser = new Browser("")
  const tab = browser.tab("dead")
  tab.type("once")
  await tab.keep()
  tab.die()
  const told = await Promise.all([browser.visit("one"), browser.visit("two")])
  assert.deepEqual(told.flat(), [1])
  assert.equal(browser.authority.text.toString(), "once")
})

test("what several tabs left is merged one after the other", async () => {
  const browser = new Browser("")
  for (const name of ["one", "two", "three"]) {
    const tab = browser.tab(name)
    tab.type(name)
    await tab.keep()
    tab.die()
  }
  let numOpen = 0
  const { makeSocket } = browser.server
  browser.server.makeSocket = (makeJoin) => {
    numOpen = Math.max(numOpen, browser.server.connections.filter(({ browser }) => browser.readyState < 2).length + 1)
    return makeSocket(makeJoin)
  }
  assert.deepEqual(await browser.visit("next"), [1, 1, 1])
  for (const name of ["one", "two", "three"]) assert.equal(browser.authority.text.toString().split(name).length, 2)
  assert.equal(numOpen, 1)
})

test("an adopter that dies on the way leaves the rest to the next", async () => {
  const browser = new Browser("")
  const tab = browser.tab("dead")
  tab.type("once")
  await tab.keep()
  tab.die()
  const legacy = await browser.store.read("dead")
  browser.server.isMute = true
  new Replay(browser.server.makeSocket, legacy, browser.server.timers).run()
  browser.server.run()
  browser.server.isMute = false
  browser.server.connections = []
  await browser.visit("next")
  assert.equal(browser.authority.text.toString(), "once")
  assert.equal(browser.authority.revision, 1)
})

test("edits that stand on a text which the server has forgotten are handed back", async () => {
  const browser = new Browser("Once")
  const tab = browser.tab("dead")
  tab.type(" upon")
  await tab.keep()
  tab.die()
  browser.server.joinErrorCode = "revision_unknown"
  assert.deepEqual(await browser.visit("next"), ["revision_unknown"])
  assert.notEqual(await browser.store.read("dead"), null)
})

test("edits that the server refuses are handed back", async () => {
  const browser = new Browser("Once")
  const tab = browser.tab("dead")
  tab.type(" upon")
  await tab.keep()
  tab.die()
  browser.server.refusalCode = "too_long"
  assert.deepEqual(await browser.visit("next"), ["too_long"])
})

test("a database that is locked meanwhile only makes it last longer", async () => {
  const browser = new Browser("Once")
  const tab = browser.tab("dead")
  tab.type(" upon")
  await tab.keep()
  tab.die()
  browser.server.errorCode = "unavailable"
  const told = await browser.visit("next")
  browser.server.errorCode = null
  browser.server.timers.goOff()
  browser.server.run()
  await settled()
  assert.deepEqual([told, browser.authority.text.toString()], [[1], "Once upon"])
})

for (let seed = 1; seed <= 60; seed++) {
  test(`tabs that die at any moment lose nothing they kept and double nothing (seed ${seed})`, async () => {
    const random = seeded(seed)
    const below = (limit) => Math.floor(random() * limit)
    const browser = new Browser("The tide turned.")
    const friend = browser.tab("friend")
    // Every letter is typed once, so it can be seen whether it is there once.
    let typed = ""
    let safe = ""
    const letter = () => String.fromCharCode(0x4e00 + typed.length)
    for (let life = 0; life < 4; life++) {
      const tab = browser.tab(`life-${life}`)
      let unkept = ""
      for (let step = 0; step < 30; step++) {
        const act = below(8)
        if (act < 3) {
          const from = below(tab.text.length + 1)
          tab.type(letter(), from)
          unkept += letter()
          typed += letter()
        } else if (act === 3) tab.send()
        else if (act === 4) tab.hear()
        else if (act === 5) {
          await tab.keep()
          safe += unkept
          unkept = ""
        } else if (act === 6) friend.type(".", below(friend.text.length + 1))
        else for (const go of ["send", "hear"]) friend[go]()
      }
      tab.die()
      await browser.visit(`visit-${life}`)
      const text = browser.authority.text.toString()
      for (const each of safe) assert.ok(text.includes(each), `${each} is lost`)
      for (const each of typed) assert.ok(text.split(each).length <= 2, `${each} is doubled`)
      assert.equal((await browser.store.sessionsOf(PATH)).length, 0)
    }
    const replayed = browser.authority.log.reduce((before, row) => ChangeSet.fromJSON(row.changes).apply(before), Text.of(["The tide turned."]))
    assert.equal(replayed.toString(), browser.authority.text.toString())
  })
}

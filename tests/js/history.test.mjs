import assert from "node:assert/strict"
import test from "node:test"
import { HistoryPlayer } from "../../static/js/history_player.js"
import { HistorySource } from "../../static/js/history_source.js"
import { BLOCK, HistoryStates, MAX_AHEAD } from "../../static/js/history_states.js"
import { HistoryWatch } from "../../static/js/history_watch.js"
import { changesOf } from "../../static/js/history_view.js"
import { dayOf, describeAmount, describeDifference, describeEntry, describeMoment, initialsOf, shortenChange, stepOf } from "../../static/js/history_text.js"

const ADA = { name: "Ada", color: 1 }
const BOB = { name: "Quiet Heron", color: 2 }
const ENTRY = {
  first_revision: 3, last_revision: 5, origin: "typed", began_at: "2026-11-21T14:00:00", ended_at: "2026-11-21T14:02:00",
  num_inserted: 1200, num_deleted: 3, authors: [ADA, BOB], checkpoints: [], askers: [],
}

test("an entry says who did what", () => {
  assert.equal(describeEntry(ENTRY), "Ada and Quiet Heron typed")
  assert.equal(describeEntry({ ...ENTRY, authors: [ADA], origin: "suggestion", checkpoints: ["gpt2"] }), "Ada took from gpt2")
  const offered = { ...ENTRY, authors: [ADA], origin: "suggestion", checkpoints: ["gpt2"], askers: ["Bob"] }
  assert.equal(describeEntry(offered), "Ada took from gpt2, suggested to Bob")
  assert.equal(describeEntry({ ...ENTRY, authors: [ADA], origin: "suggestion" }), "Ada took a suggestion")
  assert.equal(describeEntry({ ...ENTRY, authors: [BOB], origin: "restored" }), "Quiet Heron restored an earlier text")
})

test("amounts have signs, and nothing is said of nothing", () => {
  assert.equal(describeAmount(ENTRY), "+1,200 −3")
  assert.equal(describeAmount({ num_inserted: 0, num_deleted: 7 }), "−7")
  assert.equal(describeAmount({ num_inserted: 0, num_deleted: 0 }), "±0")
})

test("days that are near have names", () => {
  const now = new Date("2026-11-21T18:00:00")
  assert.equal(dayOf("2026-11-21T00:01:00", now), "Today")
  assert.equal(dayOf("2026-11-20T23:59:00", now), "Yesterday")
  assert.match(dayOf("2026-11-19T12:00:00", now), /2026/)
  assert.match(describeMoment(ENTRY, now), /^Ada and Quiet Heron typed · Today, .* · \+1,200 −3$/)
  assert.equal(describeMoment(null, now), "The beginning")
})

test("a difference is told in characters", () => {
  assert.equal(describeDifference([["kept", "a"], ["deleted", "bc"], ["inserted", "d"]]), "+1 −2 characters")
  assert.equal(describeDifference([["kept", "a"]]), "No difference")
})

test("people have initials", () => {
  assert.equal(initialsOf(BOB), "QH")
  assert.equal(initialsOf(ADA), "A")
})

test("a long history is played in longer steps", () => {
  assert.equal(stepOf(10, 90), 1)
  assert.equal(stepOf(1000, 90), 1)
  assert.equal(stepOf(100000, 90), 100)
})

/** Plays updates 1 to `head`, in pages of three, each wait being over at once. */
function player(head, played) {
  const fetchUpdates = async (after) => {
    const numLeft = Math.min(3, head - after)
    return Array.from({ length: Math.max(0, numLeft) }, (_, place) => ({ revision: after + place + 1 }))
  }
  const states = []
  const parts = {
    fetchUpdates, states, onUpdates: (updates) => played.push(...updates.map(({ revision }) => revision)),
    onState: (isPlaying) => states.push(isPlaying), onProblem: (error) => { throw error }, wait: (act) => act(),
  }
  return Object.assign(new HistoryPlayer(parts), { states })
}

test("playing hands over each update once, in order, and ends", async () => {
  const played = []
  const playing = player(8, played)
  await playing.play(0, 8)
  assert.deepEqual(played, [1, 2, 3, 4, 5, 6, 7, 8])
  assert.deepEqual(playing.states, [true, false])
})

test("playing goes on from the revision that shows", async () => {
  const played = []
  await player(8, played).play(5, 8)
  assert.deepEqual(played, [6, 7, 8])
})

test("a stopped player hands nothing over any more", async () => {
  const played = []
  const playing = player(8, played)
  playing.onUpdates = (updates) => {
    played.push(...updates)
    playing.stop()
  }
  await playing.play(0, 8)
  assert.equal(played.length, 1)
  assert.equal(playing.isPlaying, false)
})

test("a failed page ends the playback and is told", async () => {
  const problems = []
  const playing = player(8, [])
  playing.fetchUpdates = async () => { throw new Error("away") }
  playing.onProblem = (error) => problems.push(error.message)
  await playing.play(0, 8)
  assert.deepEqual(problems, ["away"])
  assert.equal(playing.isPlaying, false)
})

function answer(status, value) {
  return new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } })
}

test("what changes something carries the token", async () => {
  const asked = []
  const fetcher = async (...args) => asked.push(args) && answer(200, { head_revision: 9 })
  assert.deepEqual(await new HistorySource("/documents/1/history/", "secret", fetcher).restore(4), { head_revision: 9 })
  const [address, { method, headers, body }] = asked[0]
  assert.deepEqual([address, method, body], ["/documents/1/history/restore/", "POST", '{"revision":4}'])
  assert.equal(headers["X-CSRFToken"], "secret")
})

test("a refusal is told in the server's words, and a broken answer by its number", async () => {
  const refused = new HistorySource("/", "", async () => answer(400, { error: { message: "no such revision" } }))
  await assert.rejects(refused.text(9), /no such revision/)
  const broken = new HistorySource("/", "", async () => new Response("<h1>oops</h1>", { status: 502, headers: { "Content-Type": "text/html" } }))
  await assert.rejects(broken.text(9), /502/)
})

test("a faster playback takes longer steps, a slower one longer waits", async () => {
  const waits = []
  const steps = []
  for (const speed of [0.5, 1, 5]) {
    const playing = player(10, [])
    Object.assign(playing, { speed, wait: (act, ms) => act(waits.push(ms)), onUpdates: ({ length }) => steps.push(length) })
    await playing.play(0, 10)
  }
  assert.deepEqual(new Set(waits.slice(0, 10)), new Set([180]))
  assert.deepEqual(new Set(waits.slice(10)), new Set([90]))
  assert.ok(Math.max(...steps) > 1)
  assert.equal(steps.reduce((sum, one) => sum + one), 30)
})

/** A history whose revision n is the text "0 1 2 ... n", and what was asked of its server. */
function numbered(head) {
  const asked = []
  const textAt = (revision) => Array.from({ length: revision + 1 }, (_, number) => number).join(" ")
  const states = new HistoryStates({
    fetchText: async (revision) => asked.push(`text ${revision}`) && { text: textAt(revision) },
    fetchUpdates: async (after) => {
      asked.push(`updates ${after}`)
      return Array.from({ length: Math.min(BLOCK, head - after) }, (_, place) => ({ revision: after + place + 1 }))
    },
    begin: (text) => text,
    follow: (text, { revision }) => `${text} ${revision}`,
  })
  return { states, asked, textAt }
}

test("any revision is put together from its block's beginning", async () => {
  const { states, asked, textAt } = numbered(1800)
  for (const revision of [1234, 1001, 1499, 1000, 0, 1800]) assert.equal(await states.at(revision), textAt(revision))
  assert.deepEqual(asked, ["updates 1000", "text 1000", "updates 0", "text 0", "updates 1500"])
})

test("what was fetched ahead is reached at once, and nothing is asked twice", async () => {
  const { states, asked, textAt } = numbered(1800)
  await states.loadAll(1800)
  assert.deepEqual(asked, ["text 0", "updates 0", "updates 500", "updates 1000", "updates 1500"])
  for (const revision of [1800, 3, 777, 1799, 500]) assert.equal(states.reach(revision), textAt(revision))
  assert.equal(asked.length, 5)
})

test("what is not here cannot be reached, and a very long history is not fetched ahead", async () => {
  const { states, asked } = numbered(MAX_AHEAD + 1)
  await states.loadAll(MAX_AHEAD + 1)
  assert.equal(states.reach(5), null)
  assert.deepEqual(asked, [])
})

test("a history that goes on is read on", async () => {
  const { states, textAt } = numbered(10)
  assert.equal(await states.at(10), textAt(10))
  states.fetchUpdates = async (after) => Array.from({ length: 12 - after }, (_, place) => ({ revision: after + place + 1 }))
  assert.equal(await states.at(12), textAt(12))
})

test("where updates were folded the text itself is fetched", async () => {
  const { states, textAt } = numbered(100)
  states.fetchUpdates = async () => { throw Object.assign(new Error("folded"), { code: "revision_unknown" }) }
  assert.equal(await states.at(60), textAt(60))
})

test("a failed fetch is told, and tried again the next time", async () => {
  const { states, textAt } = numbered(100)
  const { fetchUpdates } = states
  states.fetchUpdates = async () => { throw new Error("away") }
  await assert.rejects(states.at(60), /away/)
  states.fetchUpdates = fetchUpdates
  assert.equal(await states.at(60), textAt(60))
})

test("playing reads from what is here", async () => {
  const { states, asked } = numbered(700)
  await states.loadAll(700)
  assert.deepEqual((await states.updatesAfter(498)).map(({ revision }) => revision).slice(0, 4), [499, 500, 501, 502])
  assert.equal(asked.length, 3)
})

test("neighbouring deletions and insertions are one change", () => {
  const pieces = [["kept", "It was "], ["deleted", "dark"], ["inserted", "light"], ["kept", " and "], ["inserted", "still"]]
  assert.deepEqual(changesOf(pieces), [
    { from: 7, to: 16, deleted: "dark", inserted: "light" }, { from: 21, to: 26, deleted: "", inserted: "still" },
  ])
  assert.deepEqual(changesOf([["kept", "same"]]), [])
  assert.deepEqual(changesOf(pieces).map(shortenChange), ["“dark” became “light”", "“still” came"])
  assert.equal(shortenChange({ deleted: "\n\n", inserted: "" }), "“white space” went")
  assert.match(shortenChange({ deleted: "", inserted: "word ".repeat(20) }), /…” came$/)
})

/** A watch that looks `times` times. */
function watching(times, ask) {
  const told = []
  const watch = new HistoryWatch({
    ask, onState: (state) => told.push(state), onLost: () => told.push("lost"), isSeen: () => true,
    wait: (act) => (times-- > 0 ? act() : null),
  })
  watch.start()
  return told
}

const settled = () => new Promise((resolve) => setTimeout(resolve))

test("a page whose access is taken back is told once and asks no more", async () => {
  let number = 0
  const told = watching(5, async () => {
    if (++number === 2) throw Object.assign(new Error("gone"), { status: 404 })
    return number
  })
  await settled()
  assert.deepEqual(told, [1, "lost"])
})

test("a server that is away for a moment takes nothing back", async () => {
  let number = 0
  const told = watching(3, async () => {
    if (++number === 2) throw Object.assign(new Error("away"), { status: 503 })
    return number
  })
  await settled()
  assert.deepEqual(told, [1, 3])
})

test("a refusal carries its status and code", async () => {
  const refused = new HistorySource("/", "", async () => answer(404, { error: { message: "gone", code: "absent" } }))
  await assert.rejects(refused.present(), { status: 404, code: "absent" })
})

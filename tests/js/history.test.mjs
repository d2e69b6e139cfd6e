import assert from "node:assert/strict"
import test from "node:test"
import { HistoryPlayer } from "../../static/js/history_player.js"
import { HistorySource } from "../../static/js/history_source.js"
import { dayOf, describeAmount, describeDifference, describeEntry, describeMoment, initialsOf, stepOf } from "../../static/js/history_text.js"

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

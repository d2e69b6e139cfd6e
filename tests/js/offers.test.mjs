import assert from "node:assert/strict"
import test from "node:test"
import { Offers } from "../../static/js/offers.js"
import { originOf, sourceOf } from "../../static/js/origin.js"
import * as suggesting from "../../static/js/suggestion_state.js"
import { EditorState } from "../../static/vendor/codemirror.js"

const ADA = { name: "Ada", color: 1 }
const BOB = { name: "Bob", color: 2 }
const TEXT = "The sky and the old lighthouse"

/** The page's offers between a socket and a view of our own. */
function page(text = TEXT) {
  const handlers = new Map()
  const socket = { isJoined: true, sent: [], on: (type, handle) => handlers.set(type, handle) }
  socket.send = (frame) => socket.isJoined && Boolean(socket.sent.push(frame))
  const collab = { sessionId: "mine", queue: { size: 0, revision: 4 } }
  const heard = { said: [], notices: [], drawn: [] }
  const offers = new Offers({
    socket, collab, say: (words) => heard.said.push(words), notify: (words) => heard.notices.push(words), readAuthor: () => BOB,
  })
  offers.render = (cards) => (heard.drawn = cards)
  const view = { state: EditorState.create({ doc: text, selection: { anchor: 0 } }), transactions: [] }
  view.dispatch = (spec) => {
    const transaction = view.state.update(spec)
    view.transactions.push(transaction)
    view.state = transaction.state
    offers.textChanged({ changes: transaction.changes, state: view.state })
  }
  offers.view = view
  const receive = (type, fields) => handlers.get(type)(fields)
  return { offers, socket, collab, view, receive, ...heard, get cards() { return heard.drawn }, heard }
}

function offer(fields = {}) {
  const provenance = { checkpoint: "novels-7m", offer_id: "o1", asker: ADA }
  return {
    offer_id: "o1", author: ADA, is_own: false, text: " burned.", before: TEXT, after: "", position: TEXT.length,
    provenance, seconds_left: 0.05, ...fields,
  }
}

const closed = (fields) => ({ offer_id: "o1", outcome: "taken", author: ADA, session_id: "another", ...fields })
const written = ({ view }) => view.state.doc.toString()

test("an offer that is taken goes in at its place, as what it is, and the caret stays", () => {
  const { offers, receive, socket, view } = page()
  receive("offer_made", { offer: offer() })
  offers.take("o1", false)
  assert.deepEqual(socket.sent, [{ type: "take_offer", offer_id: "o1" }])
  assert.equal(written({ view }), TEXT)
  receive("offer_closed", closed({ author: BOB, session_id: "mine" }))
  assert.equal(written({ view }), `${TEXT} burned.`)
  assert.equal(view.state.selection.main.head, 0)
  const [transaction] = view.transactions
  assert.equal(transaction.annotation(originOf), "suggestion")
  const source = transaction.annotation(sourceOf)
  assert.deepEqual([source.author, source.offerId, source.provenance.asker], [BOB, "o1", ADA])
})

test("it goes in once, however often the answer comes", () => {
  const { offers, receive, view } = page()
  receive("offer_made", { offer: offer() })
  offers.take("o1", false)
  for (let time = 0; time < 2; time++) receive("offer_closed", closed({ session_id: "mine" }))
  assert.equal(written({ view }), `${TEXT} burned.`)
})

test("another error in between does not lose what this tab was given", () => {
  const { offers, receive, view } = page()
  receive("offer_made", { offer: offer() })
  offers.take("o1", false)
  receive("error", { code: "rate_limited", message: "too many caret frames came" })
  receive("offer_closed", closed({ session_id: "mine" }))
  assert.equal(written({ view }), `${TEXT} burned.`)
})

test("an offer that somebody else took is not inserted here", () => {
  const { offers, receive, view, heard } = page()
  receive("offer_made", { offer: offer() })
  offers.take("o1", false)
  receive("offer_closed", closed())
  assert.equal(written({ view }), TEXT)
  assert.equal(heard.drawn[0].closedBy, "Ada")
})

test("the place moves with the text", () => {
  const { offers, receive, view } = page()
  receive("offer_made", { offer: offer({ before: TEXT.slice(-16) }) })
  view.dispatch({ changes: { from: 0, insert: "Once. " } })
  offers.take("o1", false)
  receive("offer_closed", closed({ session_id: "mine" }))
  assert.equal(written({ view }), `Once. ${TEXT} burned.`)
})

test("where the text has changed it goes to the caret", () => {
  const { offers, receive, view, heard } = page()
  receive("offer_made", { offer: offer() })
  view.dispatch({ changes: { from: TEXT.length, insert: " fell." }, selection: { anchor: 0 } })
  assert.equal(heard.drawn[0].fits, false)
  offers.take("o1", true)
  receive("offer_closed", closed({ session_id: "mine" }))
  assert.equal(written({ view }), `burned.${TEXT} fell.`)
})

test("an answer that was lost with the connection is asked for again", () => {
  const { offers, receive, socket, view } = page()
  receive("offer_made", { offer: offer() })
  offers.take("o1", false)
  offers.welcomed({ participants: [] })
  receive("offers", { offers: [] })
  assert.deepEqual(socket.sent.map(({ type }) => type), ["take_offer", "take_offer"])
  receive("offer_closed", closed({ session_id: "mine" }))
  assert.equal(written({ view }), `${TEXT} burned.`)
})

test("after a break only what is still open is there, and what was made meanwhile", () => {
  const { offers, receive, heard } = page()
  receive("offer_made", { offer: offer() })
  offers.welcomed({ participants: [] })
  receive("offer_made", { offer: offer({ offer_id: "o3" }) })
  receive("offers", { offers: [offer({ offer_id: "o2" })] })
  assert.deepEqual(heard.drawn.map((card) => card.offer.offer_id), ["o3", "o2"])
})

test("a list that was on its way does not bring back what is closed or hidden", () => {
  const { offers, receive, heard } = page()
  receive("offer_closed", closed())
  receive("offer_made", { offer: offer({ offer_id: "o2" }) })
  offers.hide("o2")
  receive("offers", { offers: [offer(), offer({ offer_id: "o2" })] })
  assert.deepEqual(heard.drawn, [])
})

test("a row is offered once the server has all that was typed before it", () => {
  const { offers, collab, socket, view } = page()
  let state = suggesting.asked(suggesting.open("menu", TEXT.length), "r1", 1)
  state = suggesting.extended(state, "r1", 0, " burned.")
  collab.queue.size = 1
  offers.offer(state)
  assert.deepEqual(socket.sent, [])
  view.dispatch({ changes: { from: 0, insert: "So: " } })
  collab.queue.size = 0
  offers.send()
  offers.send()
  const place = { revision: 4, position: TEXT.length + 4 }
  assert.deepEqual(socket.sent, [{ type: "offer", request_id: "r1", index: 0, text: " burned.", ...place }])
})

test("a refusal is told, and offline too", () => {
  const { offers, receive, socket, heard } = page()
  receive("error", { code: "offer_refused", message: "You offer 5 suggestions already." })
  receive("error", { code: "busy", message: "Later.", request_id: "r1" })
  socket.isJoined = false
  offers.take("o1", false)
  assert.equal(heard.notices.length, 2)
  assert.match(heard.notices[1], /Not connected/)
})

test("an offer ends by itself", async () => {
  const { receive, heard } = page()
  receive("offer_made", { offer: offer({ seconds_left: 0 }) })
  await new Promise((resolve) => setTimeout(resolve))
  assert.deepEqual(heard.drawn, [])
})

test("people are told of another's offer, and whether there is anybody to offer to", () => {
  const { offers, receive, heard } = page()
  receive("offer_made", { offer: offer() })
  assert.match(heard.said[0], /^Ada offers: burned\./)
  const person = (session_id, can_edit) => ({ session_id, can_edit })
  offers.meet([person("mine", true), person("reader", false)])
  assert.equal(offers.hasCompany, false)
  offers.meet([person("mine", true), person("writer", true)])
  assert.equal(offers.hasCompany, true)
})

// Suggestions that somebody offers to everyone who writes here: follows their places, and takes, withdraws and makes them.

import { EditorSelection, EditorView, isolateHistory } from "../vendor/codemirror.js"
import { findPlace, fitsAt, joined } from "./offer_place.js"
import { originOf, sourceOf } from "./origin.js"
import { activeRow, caretOf, remainder } from "./suggestion_state.js"
import { cleanText } from "./text_filter.js"

// How long a card says what became of it.
const FAREWELL_MS = 5000
const SEARCH_EVERY_MS = 500
const OFFLINE = "Not connected. Offers come back with the connection."

/**
 * @typedef {object} Card
 * @property {object} offer as in an "offer_made" frame
 * @property {number | null} place in the local text; null until it is found
 * @property {boolean} fits whether the text around the place is as it was
 * @property {"open" | "taken" | "withdrawn"} state
 * @property {string} closedBy
 */

export class Offers {
  /**
   * @param {object} parts
   * @param {import("./socket.js").Socket} parts.socket
   * @param {import("./collab.js").Collab} parts.collab
   * @param {(text: string) => void} parts.say to screen readers
   * @param {(text: string) => void} parts.notify in sight of all
   * @param {() => {name: string, color: number}} parts.readAuthor
   */
  constructor(parts) {
    Object.assign(this, parts)
    /** @type {Map<string, Card>} by id, the newest last */
    this.cards = new Map()
    /** @type {EditorView | null} */
    this.view = null
    this.hasCompany = false
    this.render = (cards) => {}
    this.onTaken = (text) => {}
    // One that waits for its place to be the server's too, and one that was asked for and not yet given.
    this.outgoing = null
    this.taking = null
    this.doubtful = []
    // Closed, or hidden by the writer: a list that was on its way meanwhile does not bring them back.
    this.gone = new Set()
    this.search = null
    this.extension = EditorView.updateListener.of((update) => update.docChanged && this.textChanged(update))
    this.socket.on("offers", ({ offers }) => this.listed(offers))
    this.socket.on("offer_made", ({ offer }) => this.made(offer))
    this.socket.on("offer_closed", (frame) => this.closed(frame))
    this.socket.on("presence", ({ participants }) => this.meet(participants))
    this.socket.on("error", (frame) => this.failed(frame))
  }

  /** @param {object} welcome what was open before the break may be closed by now */
  welcomed({ participants }) {
    this.meet(participants)
    this.doubtful = [...this.cards.keys()]
  }

  /** @param {object[]} offers all that are open */
  listed(offers) {
    const open = new Set(offers.map((offer) => offer.offer_id))
    for (const id of this.doubtful) if (!open.has(id) && id !== this.taking?.id) this.cards.delete(id)
    for (const offer of offers) this.add(offer)
    // The answer may have gone with the connection; whoever has it already is told again.
    if (this.taking) this.socket.send({ type: "take_offer", offer_id: this.taking.id })
    this.draw()
  }

  /** @param {object[]} participants */
  meet(participants) {
    const isOther = (person) => person.can_edit && person.session_id !== this.collab.sessionId
    this.hasCompany = participants.some(isOther)
  }

  /**
   * Offers the row that is chosen, or the first.
   * @param {import("./suggestion_state.js").Suggesting} state
   * @param {import("./suggestion_state.js").Row | null} row
   */
  offer(state, row = activeRow(state)) {
    const text = row && cleanText(remainder(state, row))
    if (!text) return
    if (!this.socket.isJoined) return this.notify(OFFLINE)
    this.outgoing = { requestId: row.requestId, index: row.index, text, place: caretOf(state) }
    this.send()
  }

  /** Sends what is to be offered, once all that was typed before it is on the server: only there it has a place. */
  send() {
    const { outgoing, collab: { queue } } = this
    if (!outgoing || queue.size) return
    const { requestId, index, text, place } = outgoing
    const frame = { type: "offer", request_id: requestId, index, text, revision: queue.revision, position: place }
    if (this.socket.send(frame)) this.outgoing = null
  }

  /**
   * @param {string} id
   * @param {boolean} isAtCaret where the text that it was made for is no longer there
   */
  take(id, isAtCaret) {
    if (!this.socket.send({ type: "take_offer", offer_id: id })) return this.notify(OFFLINE)
    this.taking = { id, isAtCaret }
    this.draw()
  }

  /** @param {string} id */
  withdraw(id) {
    if (!this.socket.send({ type: "withdraw_offer", offer_id: id })) this.notify(OFFLINE)
  }

  /** Only on this page. @param {string} id */
  hide(id) {
    this.gone.add(id)
    this.drop(id)
  }

  made(offer) {
    const isNew = !this.cards.has(offer.offer_id)
    this.add(offer)
    this.draw()
    if (!isNew || !this.cards.has(offer.offer_id)) return
    if (offer.is_own) this.say("Offered to everyone who writes here.")
    else this.say(`${offer.author.name} offers: ${offer.text.trim()}. Alt O goes to the offers.`)
  }

  add(offer) {
    const id = offer.offer_id
    if (this.gone.has(id) || this.cards.has(id)) return
    this.cards.set(id, { offer, place: null, fits: false, state: "open", closedBy: "" })
    setTimeout(() => this.expire(id), offer.seconds_left * 1000)
    if (this.view) this.locate()
  }

  closed({ offer_id: id, outcome, author, session_id: sessionId }) {
    this.gone.add(id)
    const card = this.cards.get(id)
    const isMine = sessionId === this.collab.sessionId
    const isAtCaret = this.taking?.id === id && this.taking.isAtCaret
    if (this.taking?.id === id) this.taking = null
    if (!card || card.state !== "open") return
    card.state = outcome
    // Whatever else went wrong meanwhile: what this tab was given nobody else can insert.
    if (isMine) this.insert(card, isAtCaret)
    card.closedBy = isMine ? "you" : author.name
    if (outcome === "taken" && !isMine) this.say(`${author.name} took an offered suggestion.`)
    setTimeout(() => this.drop(id), FAREWELL_MS)
    this.draw()
  }

  failed({ code, message, request_id: requestId }) {
    if (requestId) return
    const isOurs = this.taking !== null || code.startsWith("offer_")
    if (code === "offer_gone" && this.taking) this.drop(this.taking.id)
    this.taking = null
    if (isOurs) this.notify(message)
    this.draw()
  }

  insert({ offer, place }, isAtCaret) {
    const { doc, selection: { main } } = this.view.state
    const at = isAtCaret || place === null ? main.head : place
    const text = at === place ? offer.text : joined(doc, at, offer.text)
    const isCaretThere = main.empty && main.head === at
    const { author, provenance } = { author: this.readAuthor(), provenance: offer.provenance }
    const source = { author, origin: "suggestion", provenance, at: new Date().toISOString(), offerId: offer.offer_id }
    this.view.dispatch({
      changes: { from: at, insert: text },
      // Whoever writes elsewhere stays there.
      selection: isCaretThere ? EditorSelection.cursor(at + text.length) : undefined,
      annotations: [isolateHistory.of("full"), originOf.of("suggestion"), sourceOf.of(source)],
      userEvent: "input.complete",
      scrollIntoView: isCaretThere,
    })
    this.onTaken(text)
  }

  textChanged({ changes, state }) {
    if (this.outgoing) this.outgoing.place = changes.mapPos(this.outgoing.place, -1)
    let hasChanged = false
    for (const card of this.cards.values()) {
      if (card.place === null) {
        this.search ??= setTimeout(() => this.locate(), SEARCH_EVERY_MS)
        continue
      }
      card.place = changes.mapPos(card.place, -1)
      const fits = fitsAt(state.doc, card.place, card.offer)
      hasChanged ||= fits !== card.fits
      card.fits = fits
    }
    if (hasChanged) this.draw()
  }

  /** Looks for the places that are not known: of offers that were made before this page, or faster than the text came. */
  locate() {
    clearTimeout(this.search)
    this.search = null
    for (const card of this.cards.values()) {
      if (card.place !== null) continue
      card.place = findPlace(this.view.state.doc, card.offer)
      card.fits = card.place !== null
    }
    this.draw()
  }

  expire(id) {
    if (this.cards.get(id)?.state === "open") this.drop(id)
  }

  drop(id) {
    if (this.cards.delete(id)) this.draw()
  }

  draw() {
    this.render([...this.cards.values()], this.taking?.id ?? null)
  }
}

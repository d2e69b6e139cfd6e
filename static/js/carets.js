// Carets on their way: the others' into the text, all that came since the last time at once; one's own to the others.

import { ChangeSet } from "../vendor/codemirror.js"
import { caretSet, remoteCarets } from "./presence.js"
import { Trail } from "./trail.js"

const SEND_EVERY_MS = 120
// Twenty people's carets come 160 times a second; the eye takes this for at once.
const DRAW_EVERY_MS = 50

export class Carets {
  /**
   * @param {import("./socket.js").Socket} socket
   * @param {import("./collab.js").Collab} collab
   */
  constructor(socket, collab) {
    Object.assign(this, { socket, collab })
    /** @type {Map<string, import("./people_text.js").Person>} */
    this.people = new Map()
    this.trail = new Trail()
    // By session: where carets moved to, in revisions that may be on their way still.
    this.moved = new Map()
    this.isDrawingSoon = false
    this.drawnAt = 0
    this.timer = null
    this.sentCaret = ""
    this.onDrawn = () => {}
    socket.on("caret_moved", (frame) => this.caretMoved(frame.session_id, frame))
    // Frames of the screen stop while a tab is hidden, but the trail that carets are brought along does not wait.
    document.addEventListener("visibilitychange", () => this.drawSoon())
  }

  /** @param {Map<string, import("./people_text.js").Person>} people all who are here */
  setPeople(people) {
    const before = this.people
    this.people = people
    for (const [id, person] of people) if (person.caret && !before.has(id)) this.moved.set(id, person.caret)
    this.drawSoon()
  }

  caretMoved(sessionId, { revision, anchor, head }) {
    if (sessionId === this.collab.sessionId) return
    this.moved.set(sessionId, { revision, anchor, head })
    this.drawSoon()
  }

  /**
   * Follows a committed update: its author's caret is where the text went in.
   * @param {object} update
   * @param {number} revision
   */
  committed(update, revision) {
    const changes = ChangeSet.fromJSON(update.changes)
    this.trail.add(revision, changes)
    const end = endOfChange(changes)
    if (end !== null) this.caretMoved(update.session_id, { revision, anchor: end, head: end })
    if (this.moved.size) this.drawSoon()
  }

  drawSoon() {
    if (document.hidden) return this.draw()
    if (this.isDrawingSoon) return
    this.isDrawingSoon = true
    setTimeout(() => requestAnimationFrame(() => this.draw()), this.drawnAt + DRAW_EVERY_MS - performance.now())
  }

  draw() {
    const { view } = this.collab
    this.isDrawingSoon = false
    this.drawnAt = performance.now()
    if (!view) return
    const drawn = remoteCarets(view.state)
    const effects = []
    for (const id of drawn.keys()) if (!this.people.has(id)) effects.push(caretSet.of({ sessionId: id, caret: null }))
    for (const [id, person] of this.people) {
      const place = this.takePlace(id) ?? drawn.get(id)
      if (!place || isDrawnSo(drawn.get(id), person, place)) continue
      const { name, color, is_waiting: isWaiting } = person
      effects.push(caretSet.of({ sessionId: id, caret: { name, color, isWaiting, anchor: place.anchor, head: place.head } }))
    }
    if (effects.length) view.dispatch({ effects })
    this.onDrawn()
  }

  /** Where a caret moved to, in the local text; null where it did not, or to a revision that is not here yet. */
  takePlace(sessionId) {
    const { queue } = this.collab
    const to = this.moved.get(sessionId)
    if (!to || to.revision > queue.revision || sessionId === this.collab.sessionId) return null
    this.moved.delete(sessionId)
    const toLocal = (position) => queue.toLocal(this.trail.bringForward(position, to.revision))
    return { anchor: toLocal(to.anchor), head: toLocal(to.head) }
  }

  /** Tells the others where one's own caret is, soon, when everything typed is theirs too. */
  sendSoon() {
    this.timer ??= setTimeout(() => {
      this.timer = null
      this.send()
    }, SEND_EVERY_MS)
  }

  send() {
    const { view, queue } = this.collab
    if (!view || queue.size || this.people.size < 2) return
    const { anchor, head } = view.state.selection.main
    const caret = { type: "caret", revision: queue.revision, anchor, head }
    if (this.sentCaret === `${anchor}:${head}:${this.people.size}`) return
    if (this.socket.send(caret)) this.sentCaret = `${anchor}:${head}:${this.people.size}`
  }
}

function isDrawnSo(drawn, person, { anchor, head }) {
  return drawn?.anchor === anchor && drawn.head === head && drawn.name === person.name &&
    drawn.color === person.color && drawn.isWaiting === person.is_waiting
}

function endOfChange(changes) {
  let end = null
  changes.iterChangedRanges((fromA, toA, fromB, toB) => (end = toB))
  return end
}

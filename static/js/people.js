// Who else is here: their carets in the text, their names in the top bar, and one's own caret sent to them.

import { ChangeSet } from "../vendor/codemirror.js"
import { caretSet } from "./presence.js"
import { Trail } from "./trail.js"

const SEND_EVERY_MS = 120
const MAX_FACES = 5

export class People {
  /**
   * @param {HTMLElement} list where the names go
   * @param {import("./socket.js").Socket} socket
   * @param {import("./collab.js").Collab} collab
   */
  constructor(list, socket, collab) {
    Object.assign(this, { list, socket, collab })
    this.participants = new Map()
    this.trail = new Trail()
    // Carets of revisions that are still on their way.
    this.early = new Map()
    this.timer = null
    this.sentCaret = ""
    socket.on("presence", ({ participants }) => this.set(participants))
    socket.on("caret_moved", (frame) => this.caretMoved(frame.session_id, frame))
  }

  /** @param {object[]} participants all who are here, this tab included */
  set(participants) {
    const effects = []
    const present = new Map(participants.map((person) => [person.session_id, person]))
    for (const sessionId of this.participants.keys()) {
      if (!present.has(sessionId)) effects.push(caretSet.of({ sessionId, caret: null }))
    }
    const isNew = (person) => !this.participants.has(person.session_id)
    const arrived = participants.filter(isNew)
    this.participants = present
    if (effects.length) this.collab.view?.dispatch({ effects })
    for (const person of arrived) if (person.caret) this.caretMoved(person.session_id, person.caret)
    this.draw()
  }

  caretMoved(sessionId, { revision, anchor, head }) {
    const person = this.participants.get(sessionId)
    const { view, queue } = this.collab
    if (!person || !view || sessionId === this.collab.sessionId) return
    if (revision > queue.revision) return this.early.set(sessionId, { revision, anchor, head })
    const toLocal = (position) => queue.toLocal(this.trail.bringForward(position, revision))
    const caret = { name: person.name, color: person.color, anchor: toLocal(anchor), head: toLocal(head) }
    view.dispatch({ effects: caretSet.of({ sessionId, caret }) })
  }

  /**
   * Follows a committed update: its author's caret is where the text went in.
   * @param {object} update
   */
  committed(update, revision) {
    this.trail.add(revision, update.changes)
    const end = update.session_id === this.collab.sessionId ? null : endOfChange(ChangeSet.fromJSON(update.changes))
    if (end !== null) this.caretMoved(update.session_id, { revision, anchor: end, head: end })
    for (const [sessionId, caret] of this.early) {
      if (caret.revision > this.collab.queue.revision) continue
      this.early.delete(sessionId)
      this.caretMoved(sessionId, caret)
    }
  }

  /** Tells the others where one's own caret is, soon, when everything typed is theirs too. */
  sendCaretSoon() {
    this.timer ??= setTimeout(() => {
      this.timer = null
      this.sendCaret()
    }, SEND_EVERY_MS)
  }

  sendCaret() {
    const { view, queue } = this.collab
    if (!view || queue.size || this.participants.size < 2) return
    const { anchor, head } = view.state.selection.main
    const caret = { type: "caret", revision: queue.revision, anchor, head }
    if (this.sentCaret === `${anchor}:${head}:${this.participants.size}`) return
    if (this.socket.send(caret)) this.sentCaret = `${anchor}:${head}:${this.participants.size}`
  }

  draw() {
    const others = [...this.participants.values()].filter(({ session_id }) => session_id !== this.collab.sessionId)
    const faces = others.slice(0, MAX_FACES).map(drawPerson)
    if (others.length > MAX_FACES) faces.push(drawRest(others.length - MAX_FACES))
    this.list.replaceChildren(...faces)
    this.list.hidden = !faces.length
  }
}

function endOfChange(changes) {
  let end = null
  changes.iterChangedRanges((fromA, toA, fromB, toB) => (end = toB))
  return end
}

function drawPerson({ name, color, can_edit }) {
  const item = document.createElement("li")
  item.className = `person person-${color}`
  item.title = can_edit ? name : `${name} (reading)`
  const initials = document.createElement("span")
  initials.setAttribute("aria-hidden", "true")
  initials.textContent = name.split(/\s+/).map((word) => word[0]).join("").slice(0, 2)
  const full = document.createElement("span")
  full.className = "visually-hidden"
  full.textContent = item.title
  item.append(initials, full)
  return item
}

function drawRest(number) {
  const item = document.createElement("li")
  item.className = "person person-rest"
  item.textContent = `+${number}`
  return item
}

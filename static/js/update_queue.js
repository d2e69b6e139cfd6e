// The writer's edits on their way to the server: numbered, sent one batch at a time, moved over what others wrote.
//
// The same algebra as @codemirror/collab, with two things it lacks: an edit too long for one frame is split before it
// is numbered, and keys typed while a batch is under way become one update. Knows nothing of sockets and views.

import { ChangeSet } from "../vendor/codemirror.js"
import { cutParts, fromClaim, toClaim } from "./copied_parts.js"
import { insertions, stepBack, stepForward } from "./places.js"
import { splitChanges } from "./split_changes.js"

/**
 * @typedef {{changes: ChangeSet, origin: string, source: object | null, copied: object[] | null, isSealed: boolean}} PendingUpdate
 * @typedef {{session_id: string, number: number, changes: unknown}} CommittedUpdate
 */

// 48 KiB of JSON to a frame; a UTF-16 unit takes at most six bytes of it.
const MAX_FRAME_BYTES = 48 * 1024
const MAX_UPDATE_UNITS = 7500
const MAX_COMPOSED_CHANGES = 20

const encoder = new TextEncoder()

/** The session and the server disagree about what was sent; only a fresh page can mend that. */
export class OutOfStep extends Error {
  name = "OutOfStep"
}

export class UpdateQueue {
  /**
   * @param {string} sessionId
   * @param {number} revision the revision that the local text stands on
   * @param {number} length of the server's text at that revision
   * @param {import("../vendor/codemirror.js").Text | null} text of the server, where it is to be followed
   */
  constructor(sessionId, revision, length, text = null) {
    Object.assign(this, { sessionId, revision, length, text })
    this.firstNumber = 0
    /** @type {PendingUpdate[]} */
    this.updates = []
    // Sent updates are never changed again but by mapping: the server may have them, even when the connection broke.
    this.numSent = 0
    this.numInFlight = 0
  }

  /**
   * The queue of a tab that is gone, as it was written down.
   * @param {import("./kept_store.js").KeptSession} session
   * @param {object[]} updates in the form of an "edit" frame
   * @returns {UpdateQueue}
   */
  static restore(session, updates) {
    const queue = new UpdateQueue(session.session_id, session.revision, session.length)
    queue.firstNumber = session.first_number
    queue.updates = updates.map(({ changes, origin, copied_from: claim, offer_id: offerId, request_id: requestId, index }) => {
      const source = { offerId, requestId, index }
      return { changes: ChangeSet.fromJSON(changes), origin, source, copied: claim ? fromClaim(claim) : null, isSealed: true }
    })
    return queue
  }

  /** @returns {number} how many updates the server has not confirmed */
  get size() {
    return this.updates.length
  }

  /**
   * @param {ChangeSet} changes over the local text
   * @param {string} origin
   * @param {object | null} source what the edit is made from, when it is a suggestion
   * @param {import("./copied_parts.js").CopiedPart[] | null} copied what each part of the inserted text is a copy of
   */
  add(changes, origin, source = null, copied = null) {
    const last = this.updates.at(-1)
    if (this.updates.length > this.numSent && !copied && mayJoin(last, changes, origin)) {
      last.changes = last.changes.compose(changes)
      return
    }
    let start = 0
    for (const piece of splitChanges(changes, MAX_UPDATE_UNITS)) {
      const end = start + sizeOf(piece)
      this.updates.push({ changes: piece, origin, source, copied: copied && cutParts(copied, start, end), isSealed: false })
      start = end
    }
  }

  /** From now on no update grows that is here already, so that places in it can be named. */
  seal() {
    if (this.updates.length) this.updates.at(-1).isSealed = true
  }

  /**
   * Where the server finds, or will find, a range of the local text.
   * @param {number} from
   * @param {number} to
   * @returns {{length: number, place: import("./copied_parts.js").CopiedPart["place"]}[]} in order
   */
  placesOf(from, to) {
    const found = []
    let wanted = [{ from, length: to - from, offset: 0 }]
    for (let index = this.updates.length - 1; index >= 0; index--) {
      const update = this.updates[index]
      const { before, inserted } = stepBack(wanted, update.changes)
      const name = { session_id: this.sessionId, number: this.firstNumber + index }
      const mayGrow = index >= this.numSent && index === this.updates.length - 1 && canGrow(update)
      for (const { from: position, length, offset } of inserted) found.push({ offset, length, place: mayGrow ? null : { ...name, position } })
      wanted = before
    }
    for (const { from: position, length, offset } of wanted) found.push({ offset, length, place: { revision: this.revision, position } })
    return found.sort((one, other) => one.offset - other.offset).map(({ length, place }) => ({ length, place }))
  }

  /** @returns {import("./places.js").Stretch[]} where the text of the oldest update that is not confirmed stands by now */
  standingOfFirst() {
    const [first, ...others] = this.updates
    return others.reduce((stretches, { changes }) => stepForward(stretches, changes), insertions(first.changes))
  }

  /**
   * The next frame to send, or null while one is in flight or there is nothing to say.
   * @returns {{type: "edit", revision: number, first_number: number, updates: object[]} | null}
   */
  takeBatch() {
    if (this.numInFlight || !this.updates.length) return null
    const updates = fittingFrames(this.updates)
    this.numSent = Math.max(this.numSent, updates.length)
    this.numInFlight = updates.length
    return { type: "edit", revision: this.revision, first_number: this.firstNumber, updates }
  }

  /** The connection is gone: whatever was in flight is sent again after the next join. */
  connectionLost() {
    this.numInFlight = 0
  }

  /**
   * Takes the next committed update.
   * @param {CommittedUpdate} update
   * @returns {ChangeSet | null} what it does to the local text; null for an update of one's own
   */
  receive(update) {
    this.revision++
    let changes = ChangeSet.fromJSON(update.changes)
    // CodeMirror's map() may never return from changes that do not fit.
    if (changes.length !== this.length) throw new OutOfStep(`a change of ${changes.length} units came over ${this.length}`)
    this.length = changes.newLength
    this.text = this.text && changes.apply(this.text)
    if (update.session_id === this.sessionId) return this.confirm(update)
    for (const pending of this.updates) {
      const over = changes
      changes = changes.map(pending.changes, true)
      pending.changes = pending.changes.map(over)
    }
    return changes
  }

  confirm({ number }) {
    if (number !== this.firstNumber || !this.updates.length) {
      throw new OutOfStep(`update ${number} came back, ${this.firstNumber} was expected`)
    }
    this.updates.shift()
    this.firstNumber++
    this.numSent = Math.max(0, this.numSent - 1)
    this.numInFlight = Math.max(0, this.numInFlight - 1)
    return null
  }

  /**
   * A position in the server's text at this revision, in the local text.
   * @param {number} position
   * @returns {number}
   */
  toLocal(position) {
    return this.updates.reduce((moved, { changes }) => changes.mapPos(Math.min(moved, changes.length), 1), position)
  }
}

function canGrow({ origin, copied, isSealed }) {
  return origin === "typed" && !copied && !isSealed
}

function mayJoin(last, changes, origin) {
  if (origin !== "typed" || !canGrow(last)) return false
  return sizeOf(last.changes) + sizeOf(changes) <= MAX_UPDATE_UNITS && numChanges(last.changes) < MAX_COMPOSED_CHANGES
}

function sizeOf(changes) {
  let units = 0
  changes.iterChanges((fromA, toA, fromB, toB, inserted) => (units += inserted.length))
  return units
}

function numChanges(changes) {
  let number = 0
  changes.iterChangedRanges(() => number++)
  return number
}

/**
 * @param {PendingUpdate} pending
 * @returns {object} as in an "edit" frame
 */
export function toFrame({ changes, origin, source, copied }) {
  const update = { changes: changes.toJSON(), origin }
  const claim = copied && toClaim(copied)
  if (claim) update.copied_from = claim
  if (origin === "suggestion") Object.assign(update, nameOf(source))
  return update
}

/** How the server knows a suggestion: by its offer, else as one of this tab's own. */
function nameOf({ offerId, requestId, index }) {
  return offerId ? { offer_id: offerId } : { request_id: requestId, index }
}

function fittingFrames(pending) {
  const updates = []
  let bytes = 0
  for (const each of pending) {
    const update = toFrame(each)
    bytes += encoder.encode(JSON.stringify(update)).length
    if (updates.length && bytes > MAX_FRAME_BYTES) break
    updates.push(update)
  }
  return updates
}

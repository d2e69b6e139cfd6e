// The server's side of editing, as small as it can be: orders updates, moves late ones, knows the numbers it has.

import { ChangeSet, Text } from "../../static/vendor/codemirror.js"

export class FakeAuthority {
  constructor(text = "") {
    this.text = Text.of(text.split("\n"))
    this.log = []
  }

  get revision() {
    return this.log.length
  }

  /** Takes an "edit" frame of a session; gives nothing back, as the echo is the answer. */
  accept(sessionId, { revision, first_number: firstNumber, updates }) {
    let number = this.log.filter((row) => row.session_id === sessionId).length
    if (firstNumber > number) throw new Error(`a gap: ${firstNumber} came, ${number} was expected`)
    if (firstNumber + updates.length <= number) return
    const sent = updates.map((update) => ChangeSet.fromJSON(update.changes))
    const over = this.othersSince(revision, sessionId, sent)
    for (let place = number - firstNumber; place < updates.length; place++) {
      this.commit(sessionId, number++, movePast(sent[place], over), updates[place].origin)
    }
  }

  /** What others wrote after a revision, moved past those of the sent updates that are in the log already. */
  othersSince(revision, sessionId, sent) {
    const over = []
    let place = 0
    for (const row of this.log.slice(revision)) {
      if (row.session_id === sessionId) movePast(sent[place++], over)
      else over.push(ChangeSet.fromJSON(row.changes))
    }
    return over
  }

  commit(sessionId, number, changes, origin) {
    this.text = changes.apply(this.text)
    this.log.push({ session_id: sessionId, number, changes: changes.toJSON(), origin })
  }

  /** A "document_edited" frame with everything after a revision. */
  since(revision) {
    return { type: "document_edited", revision: this.revision, updates: this.log.slice(revision) }
  }
}

/** Moves a late change past others, one by one as the tabs do it, and each of them past the late one. */
function movePast(late, over) {
  for (const [place, other] of over.entries()) {
    over[place] = other.map(late, true)
    late = late.map(other)
  }
  return late
}

/** A small generator of random numbers, seeded, so that a failing run can be run again. */
export function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

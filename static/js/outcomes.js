// Tells the server what became of a suggestion: that is all it learns of how people write.

// A row that was there for less was hardly read.
const SHOWN_AFTER_MS = 750

export class Outcomes {
  /** @param {import("./socket.js").Socket} socket */
  constructor(socket) {
    this.socket = socket
    this.timer = null
    this.told = new Set()
  }

  /**
   * @param {import("./suggestion_state.js").Row} row
   * @param {"shown" | "accepted" | "partially_accepted" | "dismissed" | "typed_through"} outcome
   * @param {number} numCharacters
   */
  tell({ requestId, index }, outcome, numCharacters) {
    this.socket.send({ type: "outcome", request_id: requestId, index, outcome, num_characters: numCharacters })
  }

  /** @param {import("./suggestion_state.js").Suggesting | null} state what is on the page now */
  shown(state) {
    clearTimeout(this.timer)
    if (state) this.timer = setTimeout(() => this.tellShown(state), SHOWN_AFTER_MS)
  }

  tellShown({ rows, typed }) {
    for (const row of rows) {
      const key = `${row.requestId}:${row.index}`
      if (!row.isFinished || this.told.has(key)) continue
      this.told.add(key)
      this.tell(row, "shown", row.text.length - typed.length)
    }
  }
}

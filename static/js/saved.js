// Whether the writing is safe: the top bar's word for it, and the question before a page with unsaved edits goes.

/**
 * @param {import("./socket.js").SocketState} connection
 * @param {number} numUnconfirmed
 * @param {{isFailing?: boolean, isKept?: boolean}} trouble the server cannot save; the browser keeps it meanwhile
 * @returns {{state: "saved" | "saving" | "offline", text: string}}
 */
export function describeSaved(connection, numUnconfirmed, { isFailing = false, isKept = true } = {}) {
  const number = `${numUnconfirmed} ${numUnconfirmed === 1 ? "change" : "changes"}`
  const kept = `${number} ${isKept ? "kept here" : "on this page only"}`
  if (connection === "joined" && isFailing) return { state: "offline", text: `Not saved, ${kept}` }
  if (connection === "joined") {
    return numUnconfirmed ? { state: "saving", text: "Saving…" } : { state: "saved", text: "Saved" }
  }
  if (connection === "connecting") return { state: "saving", text: "Connecting…" }
  return { state: "offline", text: numUnconfirmed ? `Offline, ${kept}` : "Offline" }
}

export class Saved {
  /**
   * @param {HTMLElement} element
   * @param {import("./collab.js").Collab} collab
   * @param {import("./kept_edits.js").KeptEdits} kept
   */
  constructor(element, collab, kept) {
    Object.assign(this, { element, collab, kept })
    this.connection = "connecting"
    addEventListener("beforeunload", (event) => {
      // What is kept comes back with the next visit, so nobody is asked about it.
      kept.hurry()
      if (kept.isBehind && !collab.hasStopped) event.preventDefault()
    })
  }

  /** @param {import("./socket.js").SocketState} connection */
  connected(connection) {
    this.connection = connection
    this.draw()
  }

  draw() {
    const trouble = { isFailing: this.collab.isFailing, isKept: !this.kept.isTroubled }
    const { state, text } = describeSaved(this.connection, this.collab.numUnconfirmed, trouble)
    this.element.dataset.state = state
    if (this.element.textContent !== text) this.element.textContent = text
  }
}

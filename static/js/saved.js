// Whether the writing is safe: the top bar's word for it, and the question before a page with unsaved edits goes.

/**
 * @param {import("./socket.js").SocketState} connection
 * @param {number} numUnconfirmed
 * @returns {{state: "saved" | "saving" | "offline", text: string}}
 */
export function describeSaved(connection, numUnconfirmed) {
  if (connection === "joined") {
    return numUnconfirmed ? { state: "saving", text: "Saving…" } : { state: "saved", text: "Saved" }
  }
  if (connection === "connecting") return { state: "saving", text: "Connecting…" }
  const kept = `${numUnconfirmed} ${numUnconfirmed === 1 ? "change" : "changes"} kept here`
  return { state: "offline", text: numUnconfirmed ? `Offline, ${kept}` : "Offline" }
}

export class Saved {
  /**
   * @param {HTMLElement} element
   * @param {import("./collab.js").Collab} collab
   */
  constructor(element, collab) {
    Object.assign(this, { element, collab })
    this.connection = "connecting"
    addEventListener("beforeunload", (event) => {
      if (collab.numUnconfirmed && !collab.hasStopped) event.preventDefault()
    })
  }

  /** @param {import("./socket.js").SocketState} connection */
  connected(connection) {
    this.connection = connection
    this.draw()
  }

  draw() {
    const { state, text } = describeSaved(this.connection, this.collab.numUnconfirmed)
    this.element.dataset.state = state
    if (this.element.textContent !== text) this.element.textContent = text
  }
}

// Whether the writing is safe: the top bar's word for it, and the question before a page with unsaved edits goes.

// Between two keys all is saved for a moment. A word that came and went with each would flicker, and cost a frame.
const SETTLED_MS = 400
const SAVING = "Saving…"

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
    return numUnconfirmed ? { state: "saving", text: SAVING } : { state: "saved", text: "Saved" }
  }
  if (connection === "connecting") return { state: "saving", text: "Connecting…" }
  return { state: "offline", text: numUnconfirmed ? `Offline, ${kept}` : "Offline" }
}

export class Saved {
  /**
   * @param {HTMLElement} element
   * @param {import("./collab.js").Collab} collab
   * @param {import("./kept_edits.js").KeptEdits} kept
   * @param {{setTimeout?: typeof setTimeout, clearTimeout?: typeof clearTimeout}} platform what a test hands in
   */
  constructor(element, collab, kept, platform = {}) {
    Object.assign(this, { element, collab, kept })
    this.setTimeout = platform.setTimeout ?? ((...args) => globalThis.setTimeout(...args))
    this.clearTimeout = platform.clearTimeout ?? ((timer) => globalThis.clearTimeout(timer))
    this.connection = "connecting"
    this.settling = null
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

  /** What is not saved is told at once, that all is saved after a pause. */
  draw() {
    const described = this.describe()
    if (described.state === "saved" && this.element.textContent === SAVING) return this.writeSoon()
    this.clearTimeout(this.settling)
    this.settling = null
    this.write(described)
  }

  describe() {
    const trouble = { isFailing: this.collab.isFailing, isKept: !this.kept.isTroubled }
    return describeSaved(this.connection, this.collab.numUnconfirmed, trouble)
  }

  writeSoon() {
    this.settling ??= this.setTimeout(() => {
      this.settling = null
      this.write(this.describe())
    }, SETTLED_MS)
  }

  write({ state, text }) {
    if (this.element.dataset.state !== state) this.element.dataset.state = state
    if (this.element.textContent !== text) this.element.textContent = text
  }
}

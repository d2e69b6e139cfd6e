// KeptStore in memory: what a browser keeps, with all that can go wrong in it.

export class FakeKeptStore {
  constructor() {
    this.sessions = new Map()
    this.drafts = []
    this.numWrites = 0
    /** @type {Error | null} what every write fails with */
    this.trouble = null
  }

  async write(session, updates, text) {
    this.numWrites++
    if (this.trouble) throw this.trouble
    const before = this.sessions.get(session.session_id)
    const all = new Map(before?.updates ?? [])
    for (const { number, update } of updates) all.set(number, JSON.parse(JSON.stringify(update)))
    for (const number of all.keys()) if (number < session.first_number) all.delete(number)
    this.sessions.set(session.session_id, { session, updates: all, text: text ?? before?.text ?? null })
  }

  async forget(sessionId) {
    if (this.trouble) throw this.trouble
    this.sessions.delete(sessionId)
  }

  async sessionsOf(path) {
    return [...this.sessions.values()].filter(({ session }) => session.path === path).map(({ session }) => session.session_id)
  }

  async read(sessionId) {
    const kept = this.sessions.get(sessionId)
    if (!kept) return null
    const { session, updates, text } = kept
    return { session, updates: [...updates.values()], text: text?.revision === session.revision ? text.text : null }
  }
}

/** Locks as the browser's: one holder, the others wait in a row. */
export class FakeLocks {
  constructor() {
    this.rows = new Map()
  }

  hold(sessionId) {
    let release
    this.rows.set(sessionId, new Promise((resolve) => (release = resolve)))
    return release
  }

  whenGone = (sessionId, act) => {
    const turn = (this.rows.get(sessionId) ?? Promise.resolve()).then(act)
    this.rows.set(sessionId, turn)
    return turn
  }
}

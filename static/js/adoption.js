// Finds what tabs of this browser left unsaved when they went, and sees to it that it is saved once, or offered.

/**
 * @typedef {import("./kept_store.js").KeptStore} KeptStore
 * @typedef {Awaited<ReturnType<KeptStore["read"]>>} Legacy
 */
export class Adoption {
  /**
   * @param {{sessionId: string, path: string}} tab this one, whose edits are its own
   * @param {KeptStore} store
   * @param {(legacy: Legacy) => Promise<import("./replay.js").Outcome>} replay
   * @param {(sessionId: string, act: () => Promise<void>) => Promise<void>} whenGone
   */
  constructor(tab, store, replay, whenGone) {
    Object.assign(this, { tab, store, replay, whenGone })
    this.onSaved = (number, at) => {}
    this.onRefused = (legacy, code) => {}
    this.watched = new Set([tab.sessionId])
    this.turn = Promise.resolve()
  }

  /** Takes what dead tabs left, and from now on waits for the living ones that have something unsaved. */
  async look() {
    const sessions = await this.store.sessionsOf(this.tab.path)
    await Promise.all(sessions.map((sessionId) => this.watch(sessionId)))
  }

  /** @param {string} sessionId of a tab, alive or not */
  async watch(sessionId) {
    if (this.watched.has(sessionId)) return
    this.watched.add(sessionId)
    await this.whenGone(sessionId, () => this.inTurn(() => this.adopt(sessionId)))
  }

  /** One after the other, as they were written, and never many sockets at once. */
  inTurn(act) {
    // The turn of the next one comes also where this one fails, which is told to whom it belongs.
    const done = this.turn.then(act)
    this.turn = done.catch(() => null)
    return done
  }

  async adopt(sessionId) {
    // Read only now: another tab may have adopted it while this one waited.
    const legacy = await this.store.read(sessionId)
    if (!legacy) return
    const outcome = legacy.updates.length ? await this.replay(legacy) : { kind: "saved", number: 0 }
    if (outcome.kind === "saved") {
      await this.store.forget(sessionId)
      if (outcome.number) this.onSaved(outcome.number, legacy.session.at)
    }
    if (outcome.kind === "refused") await this.onRefused(legacy, outcome.code)
  }
}

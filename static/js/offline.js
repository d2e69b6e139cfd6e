// What is not saved yet: kept in this browser, merged on return, adopted from tabs that are gone; and what is said of it.

import { Absence } from "./absence.js"
import { Adoption } from "./adoption.js"
import { KeptEdits } from "./kept_edits.js"
import { describeAdopted, describeFailing, describeMerged, describeTrouble } from "./kept_words.js"
import { Replay } from "./replay.js"
import { Saved } from "./saved.js"
import { canTellTheDead, hold, whenGone } from "./session_lock.js"

const CHANNEL = "inkling:kept"

export class Offline {
  /**
   * @param {object} parts
   * @param {{sessionId: string, path: string}} parts.tab
   * @param {import("./collab.js").Collab} parts.collab
   * @param {import("./drafts.js").Drafts} parts.drafts
   * @param {import("./notices.js").Notices} parts.notices
   * @param {(makeJoin: () => object) => import("./socket.js").Socket} parts.makeSocket
   * @param {HTMLElement} parts.saved
   */
  constructor({ tab, collab, drafts, notices, makeSocket, saved }) {
    Object.assign(this, { tab, collab, drafts, notices, makeSocket })
    this.kept = new KeptEdits({ ...tab, readQueue: () => collab.queue }, drafts.opening)
    this.saved = new Saved(saved, collab, this.kept)
    this.absence = new Absence()
    this.channel = new BroadcastChannel(CHANNEL)
    this.release = hold(tab.sessionId)
    this.closeBanner = () => {}
    this.listen()
  }

  listen() {
    const { kept, collab } = this
    collab.onFailing = (isFailing) => this.failing(isFailing)
    kept.onProgress = () => this.saved.draw()
    kept.onTrouble = (error) => this.notices.show(describeTrouble(error), [{ label: "OK", act: () => {} }])
    kept.onBegun = () => this.channel.postMessage(this.tab)
    this.absence.onMerged = (number, didOthersWrite) => this.notices.tell(describeMerged(number, didOthersWrite))
    addEventListener("pagehide", () => kept.hurry())
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && kept.hurry())
  }

  /** The queue may have changed. */
  progressed() {
    this.kept.changed()
    this.saved.draw()
  }

  /** @param {import("./socket.js").SocketState} state */
  connected(state) {
    this.saved.connected(state)
    if (state !== "offline") return
    this.absence.lost(this.collab.queue)
    this.collab.connectionLost()
  }

  /** @param {object} welcome after a break */
  resume(welcome) {
    this.absence.returned(this.collab.queue)
    this.collab.resume(welcome)
  }

  committed(update) {
    this.absence.committed(update, this.tab.sessionId)
  }

  /** @param {boolean} isFailing whether the server could not save the last edit */
  failing(isFailing) {
    this.closeBanner()
    this.closeBanner = isFailing ? this.notices.show(describeFailing(!this.kept.isTroubled)) : () => {}
    this.saved.draw()
  }

  /** The server will not take what is here: it becomes a draft. */
  stopped(code, message) {
    this.kept.close()
    this.drafts.stopped(this.collab.view, code, message)
  }

  /** @returns {string} what becomes of unsaved edits now that this page cannot save any more */
  closed() {
    this.kept.hurry()
    this.kept.close()
    this.release()
    if (!this.collab.numUnconfirmed) return ""
    return this.kept.isTroubled ? " Copy your text first: it is on this page only." : " What you wrote is kept in this browser."
  }

  /**
   * The text is here, as the server has it.
   * @param {import("../vendor/codemirror.js").EditorView} view
   * @param {boolean} canEdit
   */
  async begin(view, canEdit) {
    if (!canEdit) return
    try {
      const store = await this.drafts.opening
      await this.drafts.offer(view)
      await this.adopt(view, store)
    } catch (error) {
      console.info("nothing that was kept in this browser can be read:", error)
    }
  }

  async adopt(view, store) {
    const replay = (legacy) => new Replay(this.makeSocket, legacy).run()
    const adoption = new Adoption(this.tab, store, replay, canTellTheDead() ? whenGone : (id, act) => this.ask(act))
    adoption.onSaved = (number, at) => this.notices.tell(describeAdopted(number, at))
    adoption.onRefused = (legacy) => this.drafts.refused(view, legacy)
    this.channel.onmessage = ({ data }) => data.path === this.tab.path && canTellTheDead() && adoption.watch(data.sessionId)
    await adoption.look()
  }

  ask(act) {
    const words = "Changes that were made on this page earlier are not saved. Is it open in no other tab?"
    this.notices.show(words, [{ label: "Merge them", act }, { label: "Not now", act: () => {} }])
  }
}

// Asks now and then how far the document is, what it is called, and whether one may still see it.

export const EVERY_MS = 5000

export class HistoryWatch {
  /**
   * @param {object} parts
   * @param {() => Promise<{head_revision: number, title: string}>} parts.ask
   * @param {(state: {head_revision: number, title: string}) => void} parts.onState
   * @param {() => void} parts.onLost one's access was taken back, or the document deleted
   * @param {() => boolean} [parts.isSeen] nobody asks for a page that nobody sees
   * @param {(act: () => void, ms: number) => unknown} [parts.wait] what a test hands in
   */
  constructor({ ask, onState, onLost, isSeen = () => !document.hidden, wait = (act, ms) => setTimeout(act, ms) }) {
    Object.assign(this, { ask, onState, onLost, isSeen, wait })
    this.isLost = false
  }

  async start() {
    while (!this.isLost) {
      await new Promise((resolve) => this.wait(resolve, EVERY_MS))
      if (this.isSeen()) await this.look()
    }
  }

  async look() {
    try {
      this.onState(await this.ask())
    } catch (error) {
      // Without network there is nothing to say: what shows stays right.
      if (error.status === 404) this.lose()
    }
  }

  lose() {
    if (this.isLost) return
    this.isLost = true
    this.onLost()
  }
}

// Goes from change to change in a difference, by buttons and from the keyboard.

import { shortenChange } from "./history_text.js"

export class HistoryChanges {
  /**
   * @param {HTMLElement} bar with the buttons, shown while there are changes to go to
   * @param {import("./history_view.js").HistoryView} view
   */
  constructor(bar, view) {
    Object.assign(this, { bar, view })
    this.place = 0
    this.part = (name) => bar.querySelector(`[data-change=${name}]`)
    this.part("previous").addEventListener("click", () => this.go(-1))
    this.part("next").addEventListener("click", () => this.go(1))
    addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
      if (!step || !event.altKey || event.ctrlKey || event.metaKey || this.bar.hidden) return
      event.preventDefault()
      this.go(step)
    })
  }

  /** After another text or difference came into the view, which shows the first change by itself. */
  reset() {
    this.place = 0
    this.bar.hidden = this.view.isText || !this.view.changes.length
    if (!this.bar.hidden) this.draw()
  }

  /** Round and round. @param {number} step 1 or -1 */
  go(step) {
    const { length } = this.view.changes
    this.place = (this.place + step + length) % length
    this.view.showChange(this.place)
    this.draw()
  }

  draw() {
    const { changes } = this.view
    const words = `Change ${(this.place + 1).toLocaleString("en")} of ${changes.length.toLocaleString("en")}`
    this.part("count").textContent = words
    this.part("words").textContent = shortenChange(changes[this.place])
  }
}

// Restoring and going on elsewhere, each asked for twice.

export class HistoryActions {
  /**
   * @param {HTMLDialogElement} dialog as in history.html
   * @param {import("./history_source.js").HistorySource} source
   * @param {object} parts
   * @param {() => number} parts.readRevision what shows now
   * @param {(head: number) => void} parts.onRestored
   * @param {(error: Error) => void} parts.onProblem
   */
  constructor(dialog, source, { readRevision, onRestored, onProblem }) {
    Object.assign(this, { dialog, source, readRevision, onRestored, onProblem })
    this.part = (name) => dialog.querySelector(`#confirm-${name}`)
  }

  async restore() {
    const revision = this.readRevision()
    const words = "Everybody sees the text of this moment again. It comes as a new edit: what is there now stays in the history, and restoring that brings it back."
    if (!(await this.confirm("Restore this text?", words, "Restore"))) return
    await this.act(async () => this.onRestored((await this.source.restore(revision)).head_revision))
  }

  async continue() {
    const revision = this.readRevision()
    const words = "A new page of your own begins with the text of this moment and who wrote it. This page stays as it is."
    if (!(await this.confirm("Continue as a new page?", words, "Continue"))) return
    await this.act(async () => location.assign((await this.source.continueFrom(revision)).url))
  }

  /** @returns {Promise<boolean>} */
  confirm(heading, words, button) {
    this.part("heading").textContent = heading
    this.part("words").textContent = words
    this.part("button").textContent = button
    this.dialog.returnValue = ""
    this.dialog.showModal()
    return new Promise((resolve) => {
      this.dialog.addEventListener("close", () => resolve(this.dialog.returnValue === "confirmed"), { once: true })
    })
  }

  async act(deed) {
    try {
      await deed()
    } catch (error) {
      this.onProblem(error)
    }
  }
}

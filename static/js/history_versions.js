// Named versions: the list of them, and the form that gives the revision on show a name.

import { clockTime, dayOf } from "./history_text.js"

export class HistoryVersions {
  /**
   * @param {HTMLElement} list
   * @param {HTMLFormElement} form
   * @param {object} parts
   * @param {import("./history_source.js").HistorySource} parts.source
   * @param {() => number} parts.readRevision what shows now
   * @param {(revision: number) => void} parts.onChosen
   * @param {(error: Error) => void} parts.onProblem
   */
  constructor(list, form, { source, readRevision, onChosen, onProblem }) {
    Object.assign(this, { list, form, source, readRevision, onChosen, onProblem })
    form.addEventListener("submit", (event) => {
      event.preventDefault()
      this.keep()
    })
  }

  async load() {
    this.draw(await this.source.versions())
  }

  async keep() {
    const { name } = this.form.elements
    await this.change(() => this.source.name(this.readRevision(), name.value))
    name.value = ""
  }

  async change(act) {
    try {
      this.draw(await act())
    } catch (error) {
      this.onProblem(error)
    }
  }

  draw(versions) {
    this.list.replaceChildren(...versions.map((version) => this.drawVersion(version)))
  }

  drawVersion({ name, revision, author, at }) {
    const item = document.createElement("li")
    item.className = "version"
    const open = document.createElement("button")
    open.type = "button"
    open.className = "version-open"
    const title = document.createElement("span")
    title.className = "version-name"
    title.textContent = name
    const facts = document.createElement("span")
    facts.className = "version-facts"
    facts.textContent = `named by ${author.name}, ${dayOf(at, new Date())}, ${clockTime(at)}`
    open.append(title, facts)
    open.addEventListener("click", () => this.onChosen(revision))
    item.append(open, this.drawForget(name, revision))
    return item
  }

  drawForget(name, revision) {
    const forget = document.createElement("button")
    forget.type = "button"
    forget.className = "icon-button"
    forget.textContent = "×"
    forget.setAttribute("aria-label", `Forget the name ${name}`)
    forget.title = "Forget this name"
    forget.addEventListener("click", () => this.change(() => this.source.forgetName(revision)))
    return forget
  }
}

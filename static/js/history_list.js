// The entries of the timeline, newest first, a page at a time.

import { clockTime, dayOf, describeAmount, describeEntry, initialsOf } from "./history_text.js"

// Looking for an entry far back, this many pages are fetched at most.
const MAX_PAGES = 20

export class HistoryList {
  /**
   * @param {HTMLElement} list
   * @param {HTMLButtonElement} older
   * @param {import("./history_source.js").HistorySource} source
   * @param {(revision: number) => void} onChosen
   */
  constructor(list, older, source, onChosen) {
    Object.assign(this, { list, older, source, onChosen })
    /** @type {import("./history_text.js").Entry[]} */
    this.entries = []
    /** Where the next page begins; null after the last one. */
    this.before = null
    this.revision = 0
  }

  /** Reads the newest entries. @returns {Promise<number>} the newest revision */
  async load() {
    const page = await this.source.entries(null)
    this.entries = page.entries
    this.before = page.before
    this.draw()
    return page.head_revision
  }

  async loadOlder() {
    if (this.before === null) return
    const page = await this.source.entries(this.before)
    this.entries = [...this.entries, ...page.entries]
    this.before = page.before
    this.draw()
  }

  /** @returns {Promise<number | null>} the last revision of the entry after the one that shows */
  async following(revision) {
    for (let pages = 0; pages < MAX_PAGES && this.before !== null && this.before >= revision; pages++) await this.loadOlder()
    return this.entries.findLast((entry) => entry.last_revision > revision)?.last_revision ?? null
  }

  /** Marks the entry that a revision is in. @param {number} revision */
  mark(revision) {
    this.revision = revision
    for (const button of this.list.querySelectorAll(".entry")) {
      const isCurrent = Number(button.dataset.first) <= revision && revision <= Number(button.dataset.last)
      button.setAttribute("aria-current", String(isCurrent))
      if (isCurrent) button.scrollIntoView({ block: "nearest" })
    }
  }

  draw() {
    const now = new Date()
    const items = []
    let day = ""
    for (const entry of this.entries) {
      if (dayOf(entry.ended_at, now) !== day) {
        day = dayOf(entry.ended_at, now)
        items.push(drawDay(day))
      }
      items.push(this.drawEntry(entry))
    }
    this.list.replaceChildren(...items)
    this.older.hidden = this.before === null
    this.mark(this.revision)
  }

  drawEntry(entry) {
    const item = document.createElement("li")
    const button = document.createElement("button")
    button.type = "button"
    button.className = "entry"
    button.dataset.first = entry.first_revision
    button.dataset.last = entry.last_revision
    button.append(drawFace(entry.authors[0]))
    button.append(drawLine("entry-words", describeEntry(entry)))
    button.append(drawLine("entry-facts", `${clockTime(entry.ended_at)} · ${describeAmount(entry)}`))
    button.addEventListener("click", () => this.onChosen(entry.last_revision))
    item.append(button)
    return item
  }
}

function drawDay(day) {
  const item = document.createElement("li")
  item.className = "entry-day"
  item.textContent = day
  return item
}

function drawFace(author) {
  const face = drawLine(`person person-${author.color}`, initialsOf(author))
  face.setAttribute("aria-hidden", "true")
  return face
}

function drawLine(name, text) {
  const line = document.createElement("span")
  line.className = name
  line.textContent = text
  return line
}

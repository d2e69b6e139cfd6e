// Who wrote how much: the switch that colours the text by writer, its legend, and the meter of what machines wrote.

import { EditorView } from "../vendor/codemirror.js"
import { runsOf, writersShown } from "./attribution.js"
import { whenIdle } from "./idle.js"
import { isMachineWritten, originalOf, percentOf } from "./runs.js"

const STORAGE_KEY = "inkling:writers"
const DRAW_AFTER_MS = 300

/**
 * Who wrote how much of a text, the most first.
 * @param {import("./runs.js").Runs} runs
 * @returns {{total: number, machine: number, writers: {name: string, color: number | null, length: number}[]}}
 */
export function shares(runs) {
  const writers = new Map()
  let total = 0
  let machine = 0
  for (const [index, length] of runs.totals()) {
    const first = originalOf(runs.sources[index])
    const isMachine = isMachineWritten(first)
    const name = isMachine ? first.provenance?.checkpoint ?? "A language model" : first.author.name
    const color = isMachine ? null : first.author.color
    const key = `${color} ${name}`
    writers.set(key, { name, color, length: (writers.get(key)?.length ?? 0) + length })
    total += length
    if (isMachine) machine += length
  }
  return { total, machine, writers: [...writers.values()].sort((one, other) => other.length - one.length) }
}

export class Writers {
  /**
   * @param {HTMLElement} section as in _writers.html
   * @param {HTMLElement} meter in the status line
   */
  constructor(section, meter) {
    this.meter = meter
    this.part = (name) => section.querySelector(`.writers-${name}`)
    this.timer = null
    this.shown = ""
    this.extension = EditorView.updateListener.of(({ docChanged, view }) => docChanged && this.drawSoon(view))
    this.part("switch").checked = localStorage.getItem(STORAGE_KEY) === "shown"
  }

  /** @param {EditorView} view */
  begin(view) {
    const { checked } = this.part("switch")
    if (checked) view.dispatch({ effects: writersShown.of(true) })
    this.part("switch").addEventListener("change", ({ target }) => {
      localStorage.setItem(STORAGE_KEY, target.checked ? "shown" : "hidden")
      view.dispatch({ effects: writersShown.of(target.checked) })
    })
    this.draw(view)
  }

  drawSoon(view) {
    this.timer ??= setTimeout(() => whenIdle(() => {
      this.timer = null
      this.draw(view)
    }), DRAW_AFTER_MS)
  }

  draw(view) {
    const { total, machine, writers } = shares(runsOf(view.state))
    const percent = percentOf(machine, total)
    // Most keys change no whole percent, and then nothing of the page.
    const shown = JSON.stringify([percent, writers.map(({ name, color, length }) => [name, color, percentOf(length, total)])])
    if (shown === this.shown) return
    this.shown = shown
    this.meter.textContent = total ? `${percent} % machine-written` : ""
    this.part("meter").value = percent
    this.part("percent").textContent = `${percent} % machine-written`
    this.part("list").replaceChildren(...writers.map((writer) => drawWriter(writer, total)))
  }
}

function drawWriter({ name, color, length }, total) {
  const item = document.createElement("li")
  const label = document.createElement("span")
  label.className = color === null ? "machine-text is-shown" : `writer-text writer-${color}`
  label.textContent = name
  const amount = document.createElement("span")
  amount.className = "writers-amount"
  amount.textContent = `${percentOf(length, total)} %`
  item.append(label, amount)
  return item
}

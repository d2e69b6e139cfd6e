// The side panel: which checkpoint writes, how much, and how boldly.

import { describeState, stateName } from "./checkpoint_text.js"
import { LIMITS, PRESETS, keepChoices, loadChoices, parseField, presetOf } from "./params.js"

export class Panel {
  /**
   * @param {HTMLFormElement} form as in _panel.html
   * @param {Partial<import("./params.js").Choices>} defaults
   */
  constructor(form, defaults) {
    this.form = form
    /** What requests are made with: always valid, whatever stands in the fields. */
    this.choices = loadChoices(localStorage, defaults)
    this.checkpoints = []
    form.addEventListener("input", (event) => this.edited(event.target))
    form.addEventListener("submit", (event) => event.preventDefault())
    for (const button of form.querySelectorAll("[data-preset]")) {
      button.addEventListener("click", () => this.change(PRESETS[button.dataset.preset]))
    }
    this.draw()
  }

  /** @param {object[]} checkpoints as in the "checkpoints" frame */
  setCheckpoints(checkpoints) {
    this.checkpoints = checkpoints
    const select = this.form.elements.checkpoint
    select.replaceChildren(...checkpoints.map(drawOption))
    this.drawCheckpoint()
  }

  edited(field) {
    const { name, value } = field
    if (name === "checkpoint") return this.change({ checkpoint: this.isDefault(value) ? null : value })
    if (name === "isGhostOn") return this.change({ isGhostOn: field.checked })
    if (name === "length") return this.change({ length: value })
    const limited = name.replace("Slider", "")
    if (!Object.hasOwn(LIMITS, limited)) return
    const { value: parsed, problem } = parseField(limited, value)
    this.showProblem(limited, problem)
    if (problem) return
    this.choices = { ...this.choices, [limited]: parsed }
    this.keep(field)
  }

  change(choices) {
    this.choices = { ...this.choices, ...choices }
    this.keep(null)
  }

  keep(edited) {
    keepChoices(localStorage, this.choices)
    this.draw(edited)
  }

  isDefault(name) {
    return this.checkpoints.some((checkpoint) => checkpoint.name === name && checkpoint.is_default)
  }

  /** Writes the choices into the fields, but not into the one that is being typed in. */
  draw(edited = null) {
    const { elements } = this.form
    this.form.elements.namedItem("length").value = this.choices.length
    elements.isGhostOn.checked = this.choices.isGhostOn
    for (const field of Object.keys(LIMITS)) {
      const text = this.choices[field] === null ? "" : String(this.choices[field])
      for (const element of [elements[field], elements[`${field}Slider`]]) {
        if (element && element !== edited) element.value = text
      }
      this.showProblem(field)
    }
    const preset = presetOf(this.choices)
    for (const button of this.form.querySelectorAll("[data-preset]")) {
      button.setAttribute("aria-pressed", String(button.dataset.preset === preset))
    }
    this.drawCheckpoint()
  }

  drawCheckpoint() {
    const chosen = this.checkpoints.find(({ name }) => name === this.choices.checkpoint) ??
      this.checkpoints.find((checkpoint) => checkpoint.is_default)
    if (!chosen) return
    this.form.elements.checkpoint.value = chosen.name
    const state = this.form.querySelector(".panel-checkpoint-state")
    state.textContent = describeState(chosen)
    state.dataset.state = chosen.state
    for (const link of document.querySelectorAll("[data-checkpoint-link]")) link.href = cardAddress(link, chosen.name)
  }

  showProblem(field, problem = "") {
    const element = this.form.elements[field]
    const place = document.getElementById(`${field}-problem`)
    if (!(element instanceof HTMLElement) || !place) return
    element.setAttribute("aria-invalid", String(Boolean(problem)))
    place.textContent = problem
  }
}

function drawOption(checkpoint) {
  const isReady = checkpoint.state === "ready"
  return new Option(isReady ? checkpoint.title : `${checkpoint.title} (${stateName(checkpoint)})`, checkpoint.name)
}

function cardAddress(link, name) {
  return link.dataset.checkpointLink.replace("NAME", encodeURIComponent(name))
}

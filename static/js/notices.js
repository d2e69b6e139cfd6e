// Messages under the top bar: what happened, what was kept, and what one can do.

/**
 * @typedef {{label: string, act: () => void}} Action
 */

export class Notices {
  /** @param {HTMLElement} list a live region */
  constructor(list) {
    this.list = list
  }

  /**
   * @param {string} text
   * @param {Action[]} actions
   * @returns {() => void} takes the notice away
   */
  show(text, actions = []) {
    const item = document.createElement("div")
    item.className = "notice"
    const words = document.createElement("p")
    words.textContent = text
    const close = () => item.remove()
    item.append(words, ...actions.map((action) => drawButton(action, close)))
    this.list.append(item)
    return close
  }
}

function drawButton({ label, act }, close) {
  const button = document.createElement("button")
  button.type = "button"
  button.className = "button button-quiet"
  button.textContent = label
  button.addEventListener("click", () => {
    close()
    act()
  })
  return button
}

// Messages under the top bar: what happened, what was kept, and what one can do.

const TOLD_FOR_MS = 12000

/**
 * @typedef {{label: string, act: () => void}} Action
 */

export class Notices {
  /** @param {HTMLElement} list a live region */
  constructor(list) {
    this.list = list
  }

  /**
   * Good news, which go by themselves: nobody has to do anything about them.
   * @param {string} text
   */
  tell(text) {
    const close = this.show(text)
    this.list.lastElementChild.classList.add("notice-told")
    setTimeout(close, TOLD_FOR_MS)
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

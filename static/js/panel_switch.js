// Opens and closes the side panel: with its button, with Ctrl/Cmd+., with Escape inside it.

const STORAGE_KEY = "inkling:panel"
const WIDE = "(min-width: 1100px)"

/**
 * @param {HTMLElement} panel
 * @param {HTMLElement} button
 * @param {() => void} onClose gives the focus back
 */
export function switchPanel(panel, button, onClose) {
  const set = (isOpen) => {
    panel.hidden = !isOpen
    button.setAttribute("aria-expanded", String(isOpen))
  }
  const toggle = () => {
    set(panel.hidden)
    // A sheet over the page on a phone is for the moment; beside the page it is a habit.
    if (matchMedia(WIDE).matches) localStorage.setItem(STORAGE_KEY, panel.hidden ? "closed" : "open")
    if (panel.hidden) onClose()
    else panel.querySelector("select, input, button").focus({ preventScroll: true })
  }
  set(matchMedia(WIDE).matches && localStorage.getItem(STORAGE_KEY) !== "closed")
  button.addEventListener("click", toggle)
  panel.querySelector(".panel-close").addEventListener("click", toggle)
  document.addEventListener("keydown", (event) => {
    const isShortcut = event.key === "." && (event.ctrlKey || event.metaKey)
    const isLeaving = event.key === "Escape" && !panel.hidden && panel.contains(event.target)
    if (!isShortcut && !isLeaving) return
    event.preventDefault()
    toggle()
  })
}

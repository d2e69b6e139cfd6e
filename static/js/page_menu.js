// The top bar's menu of what one can do with the whole document. Opens without this; closes better with it.

/** @param {HTMLDetailsElement} menu as in _page_menu.html */
export function closeWhenLeft(menu) {
  const close = () => (menu.open = false)
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return
    event.stopPropagation()
    close()
    menu.querySelector("summary").focus()
  })
  document.addEventListener("pointerdown", (event) => menu.contains(event.target) || close())
  menu.addEventListener("focusout", (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && close())
}

// The dialog in which a guest says what others shall call them.

import { withoutMark } from "./people_text.js"

// Of the server's answers to other frames none speaks of these.
const IS_ABOUT_NAMES = /^name is |introduce/

/**
 * @param {HTMLDialogElement} dialog as in _introduce.html
 * @param {import("./socket.js").Socket} socket
 * @param {() => string} readName what one is called now
 * @returns {() => void} opens it
 */
export function introduceWith(dialog, socket, readName) {
  const input = dialog.querySelector("input")
  const problem = dialog.querySelector("[role=alert]")
  let isAsking = false

  const show = (words) => {
    isAsking = false
    problem.textContent = words
    input.setAttribute("aria-invalid", String(Boolean(words)))
  }

  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close())
  dialog.querySelector("[type=button]").addEventListener("click", () => dialog.close())
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault()
    show("")
    isAsking = socket.send({ type: "introduce", name: input.value.trim() || null })
    if (!isAsking) show("Not connected. Try again when the page is saved.")
  })
  // The new name comes back the way that everybody hears it.
  socket.on("presence", () => isAsking && dialog.close())
  socket.on("error", ({ code, message }) => isAsking && IS_ABOUT_NAMES.test(message) && show(describeRefusal(code)))

  return () => {
    show("")
    input.value = withoutMark(readName())
    dialog.showModal()
    input.select()
  }
}

/**
 * @param {string} code of an error frame
 * @returns {string}
 */
export function describeRefusal(code) {
  if (code === "rate_limited") return "That was a new name too soon. Wait a moment, then try again."
  return "A name has 1 to 40 letters, digits or signs that can be seen, and a letter or digit among them."
}

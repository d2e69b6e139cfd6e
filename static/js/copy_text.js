// "Copy as plain text": the words as they were written, nothing of how the page shows them.

const SHOWN_MS = 2000

/**
 * @param {HTMLButtonElement} button shown once this works
 * @param {() => string} read the text of this moment
 */
export function copyText(button, read) {
  const words = button.textContent
  // The clipboard is there on secure pages only.
  button.hidden = !navigator.clipboard
  button.addEventListener("click", async () => {
    button.textContent = (await wasCopied(read())) ? "Copied" : "The browser did not allow it"
    setTimeout(() => (button.textContent = words), SHOWN_MS)
  })
}

async function wasCopied(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch (error) {
    if (error.name !== "NotAllowedError") throw error
    return false
  }
}

// Makes a link to the document, and puts it where the writer can copy it.

/**
 * @param {HTMLDialogElement} dialog as in _share.html
 * @param {HTMLElement} button opens it
 * @param {{links_url: string, csrf_token: string}} page
 */
export function shareWith(dialog, button, page) {
  const part = (name) => dialog.querySelector(`.share-${name}`)
  const show = (message) => (part("message").textContent = message)
  button.addEventListener("click", () => dialog.showModal())
  // A click beside the dialog lands on its backdrop, which is the dialog itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close())
  part("make").addEventListener("click", async () => {
    part("make").disabled = true
    show("Making a link…")
    try {
      part("link").value = await makeLink(page)
      part("result").hidden = false
      part("make").hidden = true
      show((await copy(part("link"))) ? "Copied." : "Copy it from here.")
    } catch (error) {
      show(`The link could not be made: ${error.message}. Nothing was shared.`)
    }
    part("make").disabled = false
  })
  part("copy").addEventListener("click", async () => show((await copy(part("link"))) ? "Copied." : "Press Ctrl+C to copy it."))
}

/**
 * @param {{links_url: string, csrf_token: string}} page
 * @param {typeof fetch} fetcher
 * @returns {Promise<string>} the link's address
 */
export async function makeLink({ links_url, csrf_token }, fetcher = fetch) {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf_token }
  const answer = await fetcher(links_url, { method: "POST", headers, body: JSON.stringify({ role: "write" }) })
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
  return (await answer.json()).url
}

async function copy(input) {
  input.focus()
  input.select()
  // The clipboard is there on secure pages only; elsewhere the selected link can be copied by hand.
  if (!navigator.clipboard) return false
  try {
    await navigator.clipboard.writeText(input.value)
    return true
  } catch (error) {
    if (error.name !== "NotAllowedError") throw error
    return false
  }
}

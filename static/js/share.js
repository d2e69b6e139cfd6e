// The share dialog: makes links to the document, lists those in force, takes them back.

import { ask } from "./post.js"
import { drawLinks } from "./share_list.js"

/**
 * @param {HTMLDialogElement} dialog as in _share.html
 * @param {HTMLElement} button opens it
 * @param {{links_url: string, csrf_token: string}} page
 */
export function shareWith(dialog, button, page) {
  const part = (name) => dialog.querySelector(`.share-${name}`)
  const show = (message) => (part("message").textContent = message)
  const listLinks = async () => drawLinks(part("list"), await readLinks(page), revoke)
  button.addEventListener("click", () => {
    dialog.showModal()
    attempt("The links could not be listed", listLinks)
  })
  // A click beside the dialog lands on its backdrop, which is the dialog itself.
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close())
  part("new").addEventListener("submit", (event) => {
    event.preventDefault()
    attempt("The link could not be made, and nothing was shared", make)
  })
  part("copy").addEventListener("click", copyLink)

  async function make() {
    show("Making a link…")
    part("make").disabled = true
    const { url } = await makeLink(page, readWish(part("new"))).finally(() => (part("make").disabled = false))
    part("link").value = url
    part("result").hidden = false
    part("new").elements.label.value = ""
    show((await copy(part("link"))) ? "Copied. It is shown only now: send it, or keep it." : "Copy it from here. It is shown only now.")
    await listLinks()
  }

  async function copyLink() {
    show((await copy(part("link"))) ? "Copied." : "Press Ctrl+C to copy it.")
  }

  function revoke(link) {
    attempt("The link could not be taken back", async () => {
      await ask(`${page.links_url}${link.id}/revoke/`, page)
      show("Taken back: whoever came by it is out.")
      part("result").hidden = true
      await listLinks()
    })
  }

  async function attempt(failure, act) {
    try {
      await act()
    } catch (error) {
      show(`${failure}: ${error.message}.`)
    }
  }
}

/**
 * @param {HTMLFormElement} form
 * @returns {{role: string, label: string, days: number | null}} what the link shall be
 */
export function readWish({ elements: { role, label, days } }) {
  return { role: role.value, label: label.value, days: days.value ? Number(days.value) : null }
}

/**
 * @param {{links_url: string, csrf_token: string}} page
 * @param {{role: string, label: string, days: number | null}} wish
 * @param {typeof fetch} fetcher
 * @returns {Promise<{url: string}>}
 */
export function makeLink({ links_url, csrf_token }, wish, fetcher = fetch) {
  return ask(links_url, { csrf_token, body: wish }, fetcher)
}

async function readLinks({ links_url, csrf_token }) {
  return (await ask(links_url, { csrf_token, method: "GET" })).links
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

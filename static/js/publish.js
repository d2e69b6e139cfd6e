// The part of the share dialog that publishes fixed copies, and takes them off their addresses again.

import { ask } from "./post.js"

/**
 * @typedef {{slug: string, url: string, title: string, created_at: string}} Publication
 */

/**
 * @param {HTMLDialogElement} dialog as in _share.html
 * @param {HTMLElement} button opens it
 * @param {{publications_url: string, csrf_token: string}} page
 */
export function publishWith(dialog, button, page) {
  const part = (name) => dialog.querySelector(`.publish-${name}`)
  const show = (message) => (part("message").textContent = message)
  button.addEventListener("click", () => attempt("The copies could not be listed", list))
  part("make").addEventListener("click", () => attempt("Nothing was published", publish))

  async function list() {
    const { publications } = await ask(page.publications_url, { ...page, method: "GET" })
    part("list").replaceChildren(...publications.map((publication) => drawPublication(publication, withdraw)))
    part("list").hidden = !publications.length
  }

  async function publish() {
    part("make").disabled = true
    const { url } = await ask(page.publications_url, page).finally(() => (part("make").disabled = false))
    show(`Published at ${url}`)
    await list()
  }

  function withdraw({ slug }) {
    attempt("The copy is still there", async () => {
      await ask(`${page.publications_url}${slug}/withdraw/`, page)
      show("Taken off its address.")
      await list()
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

function drawPublication(publication, onWithdraw) {
  const item = document.createElement("li")
  const words = document.createElement("p")
  const link = document.createElement("a")
  const facts = document.createElement("span")
  const button = document.createElement("button")
  Object.assign(link, { href: publication.url, textContent: new URL(publication.url).pathname, target: "_blank", rel: "noopener" })
  const at = new Date(publication.created_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })
  facts.textContent = `${publication.title}, ${at}`
  words.append(link, facts)
  Object.assign(button, { type: "button", className: "button button-quiet", textContent: "Unpublish" })
  button.setAttribute("aria-label", `Unpublish ${link.textContent}`)
  button.addEventListener("click", () => onWithdraw(publication))
  item.append(words, button)
  return item
}

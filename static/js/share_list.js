// The links that are in force, as the share dialog lists them.

/**
 * @typedef {{id: string, role: string, label: string, expires_at: string | null, last_used_at: string | null}} Link
 */

const ROLES = { view: "can view", write: "can write" }
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]]

/**
 * @param {Link} link
 * @param {number} now in milliseconds
 * @returns {string} what can be said of it in one line
 */
export function describeLink({ role, expires_at, last_used_at }, now = Date.now()) {
  const used = last_used_at ? `used ${distance(last_used_at, now)}` : "not used yet"
  return [ROLES[role], used, ...(expires_at ? [`ends ${distance(expires_at, now)}`] : [])].join(", ")
}

/**
 * @param {string} at ISO 8601
 * @param {number} now in milliseconds
 * @returns {string} such as "in 7 days" or "2 hours ago"
 */
export function distance(at, now) {
  const seconds = (Date.parse(at) - now) / 1000
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? []
  if (!unit) return seconds > 0 ? "in less than a minute" : "just now"
  return new Intl.RelativeTimeFormat("en").format(Math.round(seconds / size), unit)
}

/**
 * @param {HTMLElement} list
 * @param {Link[]} links
 * @param {(link: Link) => void} onRevoke
 */
export function drawLinks(list, links, onRevoke) {
  list.replaceChildren(...links.map((link) => drawLink(link, onRevoke)))
  list.hidden = !links.length
}

function drawLink(link, onRevoke) {
  const item = document.createElement("li")
  const words = document.createElement("p")
  const name = document.createElement("strong")
  const facts = document.createElement("span")
  const button = document.createElement("button")
  name.textContent = link.label || "A link"
  facts.textContent = describeLink(link)
  words.append(name, facts)
  Object.assign(button, { type: "button", className: "button button-quiet", textContent: "Take back" })
  button.setAttribute("aria-label", `Take back: ${name.textContent}, ${facts.textContent}`)
  button.addEventListener("click", () => onRevoke(link))
  item.append(words, button)
  return item
}

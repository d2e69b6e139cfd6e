// What the history says, in words. Knows no page.

/**
 * @typedef {object} Entry as in the JSON of entries/
 * @property {number} first_revision
 * @property {number} last_revision
 * @property {string} origin
 * @property {string} began_at
 * @property {string} ended_at
 * @property {number} num_inserted
 * @property {number} num_deleted
 * @property {{name: string, color: number}[]} authors
 * @property {string[]} checkpoints
 * @property {string[]} askers to whom it was suggested, where that is another than who took it
 */

const MAX_QUOTED = 24
const DEEDS = { typed: "typed", pasted: "pasted", imported: "imported", restored: "restored an earlier text" }

/**
 * Who did what.
 * @param {Entry} entry
 * @returns {string}
 */
export function describeEntry({ authors, origin, checkpoints, askers }) {
  const who = authors.map(({ name }) => name).join(" and ")
  if (origin !== "suggestion") return `${who} ${DEEDS[origin] ?? "wrote"}`
  const took = checkpoints.length ? `${who} took from ${checkpoints.join(" and ")}` : `${who} took a suggestion`
  return askers.length ? `${took}, suggested to ${askers.join(" and ")}` : took
}

/**
 * How much, in characters.
 * @param {{num_inserted: number, num_deleted: number}} entry
 * @returns {string}
 */
export function describeAmount({ num_inserted: inserted, num_deleted: deleted }) {
  const parts = []
  if (inserted) parts.push(`+${inserted.toLocaleString("en")}`)
  if (deleted) parts.push(`−${deleted.toLocaleString("en")}`)
  return parts.join(" ") || "±0"
}

/**
 * @param {string} at ISO time
 * @returns {string}
 */
export function clockTime(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
}

/**
 * @param {string} at ISO time
 * @param {Date} now
 * @returns {string} the day, in words where it is near
 */
export function dayOf(at, now) {
  const day = new Date(at)
  const format = { day: "numeric", month: "long", year: "numeric" }
  const asked = day.toDateString()
  if (asked === now.toDateString()) return "Today"
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1)
  return asked === yesterday.toDateString() ? "Yesterday" : day.toLocaleDateString([], format)
}

/**
 * The line over the text.
 * @param {Entry | null} entry up to the revision that shows
 * @param {Date} now
 * @returns {string}
 */
export function describeMoment(entry, now) {
  if (!entry) return "The beginning"
  const when = `${dayOf(entry.ended_at, now)}, ${clockTime(entry.ended_at)}`
  return `${describeEntry(entry)} · ${when} · ${describeAmount(entry)}`
}

/**
 * @param {[string, string][]} pieces of a difference
 * @returns {string}
 */
export function describeDifference(pieces) {
  const count = (kind) => pieces.reduce((sum, [own, text]) => sum + (own === kind ? text.length : 0), 0)
  const amount = { num_inserted: count("inserted"), num_deleted: count("deleted") }
  return amount.num_inserted || amount.num_deleted ? `${describeAmount(amount)} characters` : "No difference"
}

/**
 * A change of a difference, in a few words.
 * @param {{deleted: string, inserted: string}} change
 * @returns {string}
 */
export function shortenChange({ deleted, inserted }) {
  const shorten = (text) => {
    const words = text.trim().replace(/\s+/g, " ")
    return `“${words.length > MAX_QUOTED ? `${[...words].slice(0, MAX_QUOTED).join("")}…` : words || "white space"}”`
  }
  if (deleted && inserted) return `${shorten(deleted)} became ${shorten(inserted)}`
  return deleted ? `${shorten(deleted)} went` : `${shorten(inserted)} came`
}

/**
 * How many updates one step of a playback takes, so that a long history is over in a minute and a half.
 * @param {number} numUpdates
 * @param {number} everyMs
 * @returns {number}
 */
export function stepOf(numUpdates, everyMs) {
  return Math.max(1, Math.ceil((numUpdates * everyMs) / 90000))
}

/** @param {{name: string}} author @returns {string} */
export function initialsOf({ name }) {
  return name.split(/\s+/).map((word) => word[0]).join("").slice(0, 2)
}

// What inserted text is a copy of, part by part: where each part stood in the document, and what it came from. Pure.

/**
 * @typedef {object} CopiedPart
 * @property {number} length in UTF-16 units
 * @property {{revision: number, position: number} | {session_id: string, number: number, position: number} | null} place
 *   where the server finds it; null where it never had it
 * @property {import("./origin.js").Source | null} source null where this page does not know it
 */

/**
 * @param {CopiedPart[]} parts
 * @param {number} from
 * @param {number} to
 * @returns {CopiedPart[]} of a stretch of what they cover
 */
export function cutParts(parts, from, to) {
  const found = []
  let start = 0
  for (const part of parts) {
    const first = Math.max(from, start)
    const length = Math.min(to, start + part.length) - first
    if (length > 0) found.push(cutPart(part, first - start, length))
    start += part.length
  }
  return found
}

/**
 * Two coverings of the same text as one: the places of the one, the sources of the other.
 * @param {{length: number, place: CopiedPart["place"]}[]} places
 * @param {{length: number, source: CopiedPart["source"]}[]} sources
 * @returns {CopiedPart[]}
 */
export function joinParts(places, sources) {
  const joined = []
  let next = 0
  let left = sources[0]?.length ?? 0
  for (const part of places) {
    for (let start = 0; start < part.length; ) {
      const length = Math.min(part.length - start, left)
      joined.push({ ...cutPart(part, start, length), source: sources[next].source })
      start += length
      left -= length
      if (!left) left = sources[++next]?.length ?? 0
    }
  }
  return joined
}

/**
 * As the server reads them.
 * @param {CopiedPart[]} parts
 * @returns {object[] | null} null where it could prove none, or where they are too many
 */
export function toClaim(parts) {
  const claim = []
  for (const { length, place } of parts) {
    const last = claim.at(-1)
    if (last && continues(last, place)) last.length += length
    else claim.push({ length, ...place })
  }
  return claim.length <= MAX_STRETCHES && parts.some(({ place }) => place) ? claim : null
}

/** @param {object[]} claim @returns {CopiedPart[]} */
export function fromClaim(claim) {
  return claim.map(({ length, ...place }) => ({ length, place: "position" in place ? place : null, source: null }))
}

// As many as the server takes.
const MAX_STRETCHES = 500

function cutPart(part, start, length) {
  const place = part.place && { ...part.place, position: part.place.position + start }
  return { ...part, length, place }
}

function continues(last, place) {
  if (!place) return last.revision === undefined && last.number === undefined
  const isSameText = last.revision === place.revision && last.number === place.number && last.session_id === place.session_id
  return isSameText && last.position + last.length === place.position
}

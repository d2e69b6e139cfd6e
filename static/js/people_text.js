// What is said of the people who are here. Knows no page.

/**
 * @typedef {object} Person a participant as the server tells of them
 * @property {string} session_id
 * @property {string} name
 * @property {number} color
 * @property {boolean} can_edit
 * @property {boolean} is_guest
 * @property {boolean} is_waiting for a suggestion
 * @property {{revision: number, anchor: number, head: number} | null} caret
 */

const GUEST_MARK = /\s*\(guest\)$/

/**
 * @param {Person[]} people everyone, this tab included
 * @returns {string}
 */
export function countPeople(people) {
  if (people.length < 2) return "Only you"
  const numWriting = people.filter(({ can_edit }) => can_edit).length
  const numReading = people.length - numWriting
  return [numWriting && `${numWriting} writing`, numReading && `${numReading} reading`].filter(Boolean).join(", ")
}

/**
 * @param {string} name
 * @returns {string} of its first two words
 */
export function initialsOf(name) {
  return withoutMark(name).split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("")
}

/**
 * What is to know of a person beside their name.
 * @param {Person} person
 * @param {boolean} isSelf
 * @returns {string}
 */
export function describePerson({ name, can_edit, is_guest, is_waiting }, isSelf) {
  const isMarked = GUEST_MARK.test(name)
  return [
    isSelf && "you",
    is_guest && !isMarked && "guest",
    !can_edit && "reading only",
    is_waiting && "waiting for a suggestion",
  ].filter(Boolean).join(" · ")
}

/**
 * @param {string} name
 * @returns {string} what the guest chose, without what the server adds
 */
export function withoutMark(name) {
  return name.replace(GUEST_MARK, "")
}

/**
 * Oneself, then who writes, then who reads; each by name.
 * @param {Person[]} people
 * @param {string} ownSession
 * @returns {Person[]}
 */
export function inOrder(people, ownSession) {
  const rank = ({ session_id, can_edit }) => (session_id === ownSession ? 0 : can_edit ? 1 : 2)
  return [...people].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name))
}

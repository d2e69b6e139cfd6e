// Lists of people that stay as they are while they are redrawn: whoever has the focus in one keeps it.

import { describePerson, initialsOf } from "./people_text.js"

/** One list item for each person, made once and written anew at each drawing. */
export class PeopleRows {
  /**
   * @param {HTMLElement} list
   * @param {() => HTMLElement} make
   * @param {(item: HTMLElement, person: import("./people_text.js").Person) => void} write
   */
  constructor(list, make, write) {
    Object.assign(this, { list, make, write })
    this.items = new Map()
  }

  /** @param {import("./people_text.js").Person[]} people in their order */
  draw(people) {
    const before = this.items
    this.items = new Map(people.map((person) => [person.session_id, before.get(person.session_id) ?? this.make()]))
    for (const [id, item] of before) if (!this.items.has(id)) item.remove()
    people.forEach((person, place) => {
      const item = this.items.get(person.session_id)
      item.dataset.session = person.session_id
      this.write(item, person)
      if (this.list.children[place] !== item) this.list.insertBefore(item, this.list.children[place] ?? null)
    })
  }
}

/** @returns {HTMLLIElement} a round button with the initials */
export function makeFace() {
  const item = document.createElement("li")
  const button = document.createElement("button")
  button.type = "button"
  const initials = document.createElement("span")
  initials.setAttribute("aria-hidden", "true")
  const words = document.createElement("span")
  words.className = "visually-hidden"
  button.append(initials, words)
  item.append(button)
  return item
}

export function writeFace(item, person, isFollowed) {
  const button = item.firstChild
  const details = describePerson(person, false)
  button.className = faceClass(person)
  button.disabled = !person.can_edit
  button.setAttribute("aria-pressed", String(isFollowed))
  button.title = `${person.name}${details && `: ${details}`}${person.can_edit ? ". Click to follow" : ""}`
  const [initials, words] = button.children
  initials.textContent = initialsOf(person.name)
  words.textContent = person.can_edit ? `Follow ${person.name}` : person.name
}

/** @returns {HTMLLIElement} a line of the open list: face, name, what else is to know, what a click does */
export function makeLine() {
  const item = document.createElement("li")
  const button = document.createElement("button")
  button.type = "button"
  button.className = "people-line"
  for (const name of ["face", "name", "details", "act"]) {
    const part = document.createElement("span")
    part.className = `people-${name}`
    button.append(part)
  }
  button.firstChild.setAttribute("aria-hidden", "true")
  item.append(button)
  return item
}

export function writeLine(item, person, isSelf, isFollowed) {
  const button = item.firstChild
  const [face, name, details, act] = button.children
  face.className = `people-face ${faceClass(person)}`
  face.textContent = initialsOf(person.name)
  name.textContent = person.name
  details.textContent = describePerson(person, isSelf)
  act.textContent = actOf(person, isSelf, isFollowed)
  button.disabled = !act.textContent
}

function actOf(person, isSelf, isFollowed) {
  if (isSelf) return person.is_guest ? "Change name" : ""
  if (!person.can_edit) return ""
  return isFollowed ? "Stop following" : "Follow"
}

function faceClass({ color, can_edit, is_waiting }) {
  return ["person", `person-${color}`, !can_edit && "is-reading", is_waiting && "is-waiting"].filter(Boolean).join(" ")
}

// Who is here: faces and a list in the top bar. Where their carets are is in carets.js.

import { closeWhenLeft } from "./page_menu.js"
import { PeopleRows, makeFace, makeLine, writeFace, writeLine } from "./people_rows.js"
import { countPeople, inOrder } from "./people_text.js"

const MAX_FACES = 5

export class People {
  /**
   * @param {HTMLElement} root as in _people.html
   * @param {import("./socket.js").Socket} socket
   * @param {string} ownSession
   */
  constructor(root, socket, ownSession) {
    Object.assign(this, { root, ownSession })
    /** @type {Map<string, import("./people_text.js").Person>} */
    this.participants = new Map()
    this.followed = null
    /** Called with everyone whenever something of them changed. */
    this.onChange = (participants) => {}
    this.onFollow = (sessionId) => {}
    this.onIntroduce = () => {}
    this.part = (name) => root.querySelector(`.people-${name}`)
    this.faces = new PeopleRows(this.part("faces"), makeFace, (item, person) => writeFace(item, person, this.isFollowed(person)))
    this.lines = new PeopleRows(this.part("list"), makeLine, (item, person) => this.writeLine(item, person))
    closeWhenLeft(this.part("menu"))
    this.part("faces").addEventListener("click", (event) => this.clicked(event))
    this.part("list").addEventListener("click", (event) => this.clicked(event))
    socket.on("presence", ({ participants }) => this.set(participants))
    socket.on("waiting_changed", (frame) => this.waitingChanged(frame))
  }

  /** @returns {import("./people_text.js").Person | undefined} */
  get self() {
    return this.participants.get(this.ownSession)
  }

  /** @param {import("./people_text.js").Person[]} participants all who are here, this tab included */
  set(participants) {
    this.participants = new Map(participants.map((person) => [person.session_id, person]))
    this.changed()
  }

  /** @param {string | null} sessionId whom the page follows now */
  showFollowed(sessionId) {
    this.followed = sessionId
    this.draw()
  }

  waitingChanged({ session_id: id, is_waiting }) {
    const person = this.participants.get(id)
    if (!person) return
    this.participants.set(id, { ...person, is_waiting })
    this.changed()
  }

  changed() {
    this.draw()
    this.onChange(this.participants)
  }

  clicked(event) {
    const id = event.target.closest("li")?.dataset.session
    if (!id || !event.target.closest("button")) return
    this.part("menu").open = false
    if (id === this.ownSession) this.onIntroduce()
    else this.onFollow(id)
  }

  draw() {
    const everyone = inOrder([...this.participants.values()], this.ownSession)
    this.root.hidden = !everyone.length
    this.faces.draw(everyone.filter((person) => !this.isSelf(person)).slice(0, MAX_FACES))
    this.lines.draw(everyone)
    this.part("number").textContent = everyone.length
    this.part("count").textContent = countPeople(everyone)
  }

  writeLine(item, person) {
    writeLine(item, person, this.isSelf(person), this.isFollowed(person))
  }

  isSelf({ session_id }) {
    return session_id === this.ownSession
  }

  isFollowed({ session_id }) {
    return session_id === this.followed
  }
}

// The cards of offered suggestions: a quiet stack at the edge that makes way for the line being written.

import { isTouch } from "./chips.js"
import { placeStack } from "./offer_stack.js"

// Of the height of the text; on a phone there is little of it.
const MOST_OF_ROOM = { mouse: 0.6, touch: 0.4 }
const CONTEXT_LENGTH = 40
// The server tells no more of what stands before a place; less of it is all that there was.
const MAX_BEFORE = 64

export class OfferCards {
  /**
   * @param {HTMLElement} root as in _offers.html
   * @param {import("./offers.js").Offers} offers
   * @param {HTMLElement} bar that of a phone, which grows over the text
   */
  constructor(root, offers, bar) {
    Object.assign(this, { root, offers, bar })
    this.list = root.querySelector(".offer-list")
    this.toggle = root.querySelector(".offers-toggle")
    this.count = root.querySelector(".offers-count")
    /** @type {Map<string, HTMLElement>} */
    this.elements = new Map()
    this.side = "low"
    this.toggle.addEventListener("click", () => this.setFolded(!this.root.classList.contains("is-folded")))
    root.addEventListener("keydown", (event) => event.key === "Escape" && this.leave())
    addEventListener("resize", () => this.place())
  }

  /**
   * @param {import("./offers.js").Card[]} cards the newest last
   * @param {string | null} taking
   */
  render(cards, taking) {
    const hadFocus = this.root.contains(document.activeElement)
    const newestFirst = [...cards].reverse()
    const wanted = newestFirst.map((card) => this.write(card, taking))
    const isSame = wanted.length === this.list.children.length && wanted.every((one, place) => one === this.list.children[place])
    if (!isSame) this.list.replaceChildren(...wanted)
    const kept = new Set(newestFirst.map(({ offer }) => offer.offer_id))
    for (const id of this.elements.keys()) if (!kept.has(id)) this.elements.delete(id)
    this.count.textContent = `${cards.length} ${cards.length === 1 ? "offer" : "offers"}`
    this.root.hidden = !cards.length
    // The button that had the focus may have gone with its card.
    if (hadFocus && !this.root.contains(document.activeElement)) this.leave()
    this.place()
  }

  /** @returns {boolean} whether there is an offer to go to */
  focus() {
    if (this.root.hidden) return false
    this.setFolded(false)
    const first = this.list.querySelector("button:not(:disabled, [hidden])") ?? this.toggle
    first.focus()
    return true
  }

  leave() {
    this.offers.view?.focus()
  }

  setFolded(isFolded) {
    this.root.classList.toggle("is-folded", isFolded)
    this.toggle.setAttribute("aria-expanded", String(!isFolded))
    this.place()
  }

  /** Keeps the stack off the line being written. */
  place() {
    const { view } = this.offers
    if (!view || this.root.hidden) return
    view.requestMeasure({ key: this, read: () => this.measure(view), write: (place) => place && this.move(place) })
  }

  measure(view) {
    const { main } = view.state.selection
    const line = view.coordsAtPos(main.head)
    const stack = this.root.getBoundingClientRect()
    const text = view.contentDOM.getBoundingClientRect()
    const isBeside = stack.left >= text.right || stack.width === 0
    const { top, bottom } = view.scrollDOM.getBoundingClientRect()
    const hidden = isTouch() ? Math.max(0, bottom - this.bar.getBoundingClientRect().top) : 0
    const room = { top, bottom: bottom - hidden }
    const wanted = this.toggle.offsetHeight + (this.root.classList.contains("is-folded") ? 0 : this.list.scrollHeight)
    const part = isTouch() ? MOST_OF_ROOM.touch : MOST_OF_ROOM.mouse
    return { ...placeStack(isBeside ? null : line, wanted, room, this.side, part), hidden }
  }

  move({ side, maxHeight, hidden }) {
    this.side = side
    this.root.style.setProperty("--hidden", `${hidden}px`)
    this.root.classList.toggle("is-high", side === "high")
    this.root.style.maxHeight = `${maxHeight}px`
  }

  write(card, taking) {
    const { offer } = card
    const element = this.elements.get(offer.offer_id) ?? this.create(offer)
    const part = (name) => element.querySelector(`.offer-${name}`)
    const isOpen = card.state === "open"
    element.classList.toggle("is-closed", !isOpen)
    part("note").textContent = noteOf(card)
    part("actions").hidden = !isOpen
    part("take").textContent = card.fits ? "Take it" : "Insert at my caret"
    part("take").onclick = () => this.act(() => this.offers.take(offer.offer_id, !card.fits))
    part("take").disabled = taking !== null
    return element
  }

  create(offer) {
    const element = document.createElement("li")
    element.className = `offer person-${offer.author.color}`
    const who = offer.is_own ? "You offer" : `${offer.author.name} offers`
    const head = draw("p", "offer-head", draw("strong", "offer-who", who), " ", draw("span", "offer-checkpoint", offer.provenance.checkpoint))
    const context = draw("span", "offer-before", contextOf(offer))
    const text = draw("p", "offer-text", context, draw("span", "offer-new", offer.text.trimEnd()))
    const take = drawButton("offer-take", "Take it")
    const put = offer.is_own ? drawButton("offer-away", "Withdraw") : drawButton("offer-away", "Hide")
    put.onclick = () => this.act(() => (offer.is_own ? this.offers.withdraw(offer.offer_id) : this.offers.hide(offer.offer_id)))
    element.append(head, text, draw("p", "offer-note"), draw("div", "offer-actions", take, put))
    this.elements.set(offer.offer_id, element)
    return element
  }

  /** Afterwards one goes on writing. */
  act(deed) {
    this.leave()
    deed()
  }
}

/**
 * The last words before the place, so that one knows what the suggestion goes on from.
 * @param {{before: string}} offer
 * @returns {string}
 */
export function contextOf({ before }) {
  const line = before.split("\n").at(-1)
  const isWhole = line.length < before.length || before.length < MAX_BEFORE
  if (isWhole && line.length <= CONTEXT_LENGTH) return line
  const tail = line.slice(-CONTEXT_LENGTH)
  return `…${tail.slice(tail.search(/\s/) + 1)}`
}

/**
 * @param {import("./offers.js").Card} card
 * @returns {string}
 */
export function noteOf({ state, closedBy, fits }) {
  if (state === "taken") return `Taken by ${closedBy}.`
  if (state === "withdrawn") return closedBy === "you" ? "Withdrawn." : `Withdrawn by ${closedBy}.`
  return fits ? "" : "The text there has changed."
}

function draw(tag, className, ...children) {
  const element = document.createElement(tag)
  element.className = className
  element.append(...children)
  return element
}

function drawButton(className, label) {
  const button = draw("button", `button ${className}`, label)
  button.type = "button"
  return button
}

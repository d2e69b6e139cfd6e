import assert from "node:assert/strict"
import test from "node:test"
import { contextOf, noteOf } from "../../static/js/offer_cards.js"
import { findPlace, fitsAt, joined } from "../../static/js/offer_place.js"
import { placeStack } from "../../static/js/offer_stack.js"
import { Text } from "../../static/vendor/codemirror.js"

const doc = (text) => Text.of(text.split("\n"))
const BEFORE = "and the old man looked at the sea for a while"
const offer = { before: BEFORE, after: "", position: BEFORE.length }

test("an offer fits where the words around it are as they were", () => {
  assert.ok(fitsAt(doc(`${BEFORE}\nThen`), BEFORE.length, offer))
  assert.ok(!fitsAt(doc(BEFORE.replace("old", "young")), BEFORE.length + 2, offer))
})

test("what was typed at the place makes it another one, and taking that away makes it the place again", () => {
  assert.ok(!fitsAt(doc(`${BEFORE} and sang`), BEFORE.length, offer))
  assert.ok(fitsAt(doc(BEFORE), BEFORE.length, offer))
})

test("what follows on the line must still follow", () => {
  const inside = { ...offer, after: " and" }
  assert.ok(fitsAt(doc(`${BEFORE} and more`), BEFORE.length, inside))
  assert.ok(!fitsAt(doc(BEFORE), BEFORE.length, inside))
})

test("on an empty page an offer fits until somebody writes", () => {
  const first = { before: "", after: "", position: 0 }
  assert.ok(fitsAt(doc(""), 0, first))
  assert.ok(!fitsAt(doc("a"), 0, first))
})

test("no place lies beyond the text", () => {
  assert.ok(!fitsAt(doc(BEFORE), BEFORE.length + 1, offer))
  assert.equal(findPlace(doc("short"), offer), null)
})

test("a page that did not see the place move finds it by its words", () => {
  assert.equal(findPlace(doc(`Once more:\n${BEFORE}\nThen`), offer), 11 + BEFORE.length)
})

test("of several such places it is the nearest", () => {
  const [line, length] = [`${BEFORE}\n`, BEFORE.length]
  assert.equal(findPlace(doc(`${line}${line}${line}`), { ...offer, position: 2 * length + 5 }), 2 * length + 1)
})

test("a few characters are not searched for, since they are everywhere", () => {
  assert.equal(findPlace(doc("ab ab"), { before: "ab", after: "", position: 2 }), null)
})

test("elsewhere a suggestion is joined with one space", () => {
  assert.equal(joined(doc("The sea "), 8, " was grey."), "was grey.")
  assert.equal(joined(doc("The sea"), 7, " was grey."), " was grey.")
  assert.equal(joined(doc(""), 0, " It was."), "It was.")
})

test("a card shows the last words before the place, and says where it left some out", () => {
  assert.equal(contextOf({ before: "The sea" }), "The sea")
  assert.equal(contextOf({ before: "x".repeat(60) + "\nAnd" }), "And")
  assert.equal(contextOf({ before: `Once upon a time there was a house, ${BEFORE}`.slice(-64) }), "…old man looked at the sea for a while")
  assert.equal(contextOf({ before: "" }), "")
})

test("a card says what became of it", () => {
  assert.equal(noteOf({ state: "open", fits: true }), "")
  assert.equal(noteOf({ state: "open", fits: false }), "The text there has changed.")
  assert.equal(noteOf({ state: "taken", closedBy: "Ada" }), "Taken by Ada.")
  assert.equal(noteOf({ state: "withdrawn", closedBy: "you" }), "Withdrawn.")
})

const ROOM = { top: 0, bottom: 600 }
const line = (top) => ({ top, bottom: top + 30 })

test("the stack is at the bottom, and at the top where one writes at the bottom", () => {
  assert.equal(placeStack(line(100), 200, ROOM, "low", 0.6).side, "low")
  assert.equal(placeStack(line(500), 200, ROOM, "low", 0.6).side, "high")
})

test("it stays where it is as long as it fits", () => {
  assert.equal(placeStack(line(300), 200, ROOM, "high", 0.6).side, "high")
  assert.equal(placeStack(line(300), 200, ROOM, "low", 0.6).side, "low")
})

test("it is never so high that it covers the line", () => {
  for (let top = 0; top < 560; top += 20) {
    for (const side of ["low", "high"]) {
      const { side: chosen, maxHeight } = placeStack(line(top), 5000, ROOM, side, 0.6)
      const free = chosen === "low" ? 600 - 12 - (top + 30) : top - 12
      assert.ok(maxHeight <= free, `${maxHeight} px at ${chosen} with the line at ${top}`)
    }
  }
})

test("beside the text it need not move", () => {
  assert.equal(placeStack(null, 200, ROOM, "high", 0.6).side, "low")
})
